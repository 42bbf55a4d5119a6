import { isIPv6 } from 'node:net';
import { TYPE } from '../wire/codes.ts';
import type { Answer, ResourceRecord } from '../wire/encode-answer.ts';
import type { Question } from '../wire/parse-query.ts';
import type { ClusterIndex, Token } from './cluster-index.ts';
import { addressOfDashed } from './ip-names.ts';
import type { Host, Port, ServiceRecords } from './service-records.ts';
import { labelsBelow, type Zone } from './zone.ts';

/** An answer from what the cluster knows, with what it depends on. */
export interface ClusterAnswer extends Answer {
  readonly dependsOn: readonly Token[];
  /** The name a CNAME leads to, when the question goes on there. */
  readonly leadsTo?: string;
}

export interface ResolveDeps {
  readonly index: Pick<ClusterIndex, 'service' | 'hasNamespace' | 'namesBehind'>;
  readonly zone: Zone;
}

/** Version of https://github.com/kubernetes/dns/blob/master/docs/specification.md that the records follow. */
const SCHEMA_VERSION = '1.1.0';
/** The Service by which a cluster's clients find its DNS, by convention of all Kubernetes clusters. */
const DNS_SERVICE = { namespace: 'kube-system', name: 'kube-dns' };
/** Sum of the weights of the SRV records that share a name, as CoreDNS has it. */
const SRV_WEIGHTS = 100;

/** undefined for names that the cluster has no say in. */
export function resolve(question: Question, deps: ResolveDeps): ClusterAnswer | undefined {
  const below = labelsBelow(deps.zone, question.labels);
  return below ? new Resolution(question, deps).zoneName(below) : new Resolution(question, deps).reverseName();
}

class Resolution {
  readonly #question: Question;
  readonly #index: ResolveDeps['index'];
  readonly #zone: Zone;
  readonly #dependsOn: Token[] = [];

  constructor(question: Question, { index, zone }: ResolveDeps) {
    this.#question = question;
    this.#index = index;
    this.#zone = zone;
  }

  zoneName(labels: readonly string[]): ClusterAnswer {
    const above = labels.slice(0, -1);
    switch (labels.at(-1)) {
      case undefined:
        return this.#apex();
      case 'svc':
        return this.#serviceName(above);
      case 'pod':
        return this.#podName(above);
      case 'dns-version':
        return above.length === 0 ? this.#found([{ type: 'TXT', ttl: this.#zone.ttl, data: SCHEMA_VERSION }]) : this.#missing();
      case 'dns':
        return above.length === 0
          ? this.#found([])
          : above.join('.') === 'ns'
            ? this.#found(this.#addresses(this.#zone.addresses))
            : this.#missing();
      default:
        return this.#missing();
    }
  }

  /** An address that is not the cluster's is somebody else's to name. */
  reverseName(): ClusterAnswer | undefined {
    const { labels, type } = this.#question;
    if (labels.at(-1) !== 'arpa') return undefined;
    const name = labels.join('.');
    const targets = this.#index.namesBehind(name);
    if (targets.length === 0) return undefined;
    this.#dependsOn.push(`reverse ${name}`);
    if (type !== TYPE.PTR) return this.#found([]);
    return this.#found(targets.map(target => ({ type: 'PTR', ttl: this.#zone.ttl, data: `${target}.svc.${this.#zone.name}` })));
  }

  #apex(): ClusterAnswer {
    if (this.#question.type === TYPE.SOA) return this.#answer('NOERROR', [this.#soa()]);
    if (this.#question.type !== TYPE.NS) return this.#found([]);
    const service = this.#service(DNS_SERVICE.namespace, DNS_SERVICE.name);
    const isServed = service?.kind === 'cluster' && service.addresses.length > 0;
    const server = isServed ? `${DNS_SERVICE.name}.${DNS_SERVICE.namespace}.svc.${this.#zone.name}` : `ns.dns.${this.#zone.name}`;
    const addresses = this.#addresses(isServed ? service.addresses : this.#zone.addresses, 'all');
    return this.#answer(
      'NOERROR',
      [{ type: 'NS', ttl: this.#zone.ttl, data: server }],
      addresses.map(record => ({ ...record, owner: server })),
    );
  }

  #serviceName(labels: readonly string[]): ClusterAnswer {
    const [namespace, name, last, first, ...more] = [...labels].reverse();
    if (namespace === undefined) return this.#found([]);
    if (name === undefined) return this.#namespace(namespace) ? this.#found([]) : this.#missing();
    const service = this.#service(namespace, name);
    if (!service || more.length > 0) return this.#missing();
    const suffix = `${name}.${namespace}.svc.${this.#zone.name}`;
    if (last === undefined) return this.#whole(service, suffix);
    if (service.kind === 'external') return this.#missing();
    if (first !== undefined) return this.#port(service, { port: first, protocol: last, suffix });
    if (last.startsWith('_'))
      return portsOf(service, suffix).some(({ protocol }) => `_${protocol}` === last) ? this.#found([]) : this.#missing();
    const host = service.hosts.get(last);
    return host ? this.#found(this.#addresses(host.addresses)) : this.#missing();
  }

  #whole(service: ServiceRecords, suffix: string): ClusterAnswer {
    const { type } = this.#question;
    if (service.kind === 'external') {
      const answer = this.#answer('NOERROR', [{ type: 'CNAME', ttl: this.#zone.ttl, data: service.target }]);
      return type === TYPE.CNAME || type === TYPE.ANY ? answer : { ...answer, leadsTo: service.target };
    }
    if (service.kind === 'headless' && service.hosts.size === 0) return this.#missing();
    if (type === TYPE.SRV) return this.#srv(portsOf(service, suffix));
    return this.#found(this.#addresses(addressesOf(service)));
  }

  #port(
    service: LocalService,
    { port, protocol, suffix }: { readonly port: string; readonly protocol: string; readonly suffix: string },
  ): ClusterAnswer {
    const ports = portsOf(service, suffix).filter(
      ({ name, protocol: own }) => name !== '' && `_${name}` === port && `_${own}` === protocol,
    );
    if (ports.length === 0) return this.#missing();
    return this.#question.type === TYPE.SRV ? this.#srv(ports) : this.#found([]);
  }

  #srv(ports: readonly ServedPort[]): ClusterAnswer {
    if (ports.length === 0) return this.#found([]);
    const weight = Math.max(1, Math.floor(SRV_WEIGHTS / ports.length));
    const targets = new Map(ports.map(({ target, addresses }) => [target, addresses]));
    return this.#answer(
      'NOERROR',
      ports.map(({ port, target }) => ({ type: 'SRV', ttl: this.#zone.ttl, data: { priority: 0, weight, port, target } })),
      [...targets].flatMap(([owner, addresses]) => this.#addresses(addresses, 'all').map(record => ({ ...record, owner }))),
    );
  }

  /** Any address has a name in any namespace there is, whether a pod has it or not: so does the specification (§2.6). */
  #podName(labels: readonly string[]): ClusterAnswer {
    const [namespace, pod, ...more] = [...labels].reverse();
    if (namespace === undefined) return this.#found([]);
    if (more.length > 0 || !this.#namespace(namespace)) return this.#missing();
    if (pod === undefined) return this.#found([]);
    const address = addressOfDashed(pod);
    return address === undefined ? this.#missing() : this.#found(this.#addresses([address]));
  }

  #service(namespace: string, name: string): ServiceRecords | undefined {
    this.#dependsOn.push(`service ${namespace}/${name}`);
    return this.#index.service(namespace, name);
  }

  #namespace(name: string): boolean {
    this.#dependsOn.push(`namespace ${name}`);
    return this.#index.hasNamespace(name);
  }

  /** Records of the family in question, or of both. */
  #addresses(addresses: readonly string[], which: 'asked' | 'all' = 'asked'): readonly ResourceRecord[] {
    const { type } = this.#question;
    return addresses.flatMap((address): readonly ResourceRecord[] => {
      const isV6 = isIPv6(address);
      if (which === 'asked' && type !== (isV6 ? TYPE.AAAA : TYPE.A)) return [];
      return [{ type: isV6 ? 'AAAA' : 'A', ttl: this.#zone.ttl, data: address }];
    });
  }

  /** The name exists; without records of this type the answer is empty and carries the SOA record (RFC 2308 §2.2). */
  #found(records: readonly ResourceRecord[]): ClusterAnswer {
    const asked = records.filter(({ type }) => TYPE[type as keyof typeof TYPE] === this.#question.type);
    return this.#answer('NOERROR', asked);
  }

  #missing(): ClusterAnswer {
    return this.#answer('NXDOMAIN', []);
  }

  #answer(rcode: 'NOERROR' | 'NXDOMAIN', found: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): ClusterAnswer {
    const isAny = rcode === 'NOERROR' && this.#question.type === TYPE.ANY;
    const answers = isAny ? [anyRecord(this.#zone.ttl)] : found;
    return {
      rcode,
      isAuthoritative: true,
      answers,
      authorities: answers.length > 0 ? [] : [{ ...this.#soa(), owner: this.#zone.name }],
      additionals,
      dependsOn: this.#dependsOn,
    };
  }

  #soa(): ResourceRecord {
    const { name, ttl, serial } = this.#zone;
    const times = { serial, refresh: 7_200, retry: 1_800, expire: 86_400, minimum: ttl };
    return { type: 'SOA', ttl, data: { mname: `ns.dns.${name}`, rname: `hostmaster.${name}`, ...times } };
  }
}

/** To ANY one record is enough (RFC 8482 §4.2): all of them would serve those who want a large answer sent to somebody else. */
export const anyRecord = (ttl: number): ResourceRecord => ({ type: 'HINFO', ttl, data: { cpu: 'RFC8482', os: '' } });

type LocalService = Exclude<ServiceRecords, { kind: 'external' }>;

interface ServedPort extends Port {
  readonly target: string;
  readonly addresses: readonly string[];
}

function portsOf(service: LocalService, suffix: string): readonly ServedPort[] {
  if (service.kind === 'cluster') return service.ports.map(port => ({ ...port, target: suffix, addresses: service.addresses }));
  return [...service.hosts.values()].flatMap(({ name, addresses, ports }: Host) =>
    ports.map(port => ({ ...port, target: `${name}.${suffix}`, addresses })),
  );
}

const addressesOf = (service: LocalService): readonly string[] =>
  service.kind === 'cluster' ? service.addresses : [...new Set([...service.hosts.values()].flatMap(({ addresses }) => addresses))];
