import type { TYPE } from '../wire/codes.ts';
import type { ResourceRecord } from '../wire/encode-answer.ts';
import { endpoint, headless, indexOf, question, service, slice, type World, zone } from '../test-builders.ts';
import { resolve } from './resolve.ts';

const CLUSTER: World = {
  services: [
    service('web', {
      clusterIP: '10.96.0.10',
      clusterIPs: ['10.96.0.10', 'fd00::10'],
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 8_080 },
        { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
        { port: 99, targetPort: 99 },
      ],
    }),
    service('single', { clusterIP: '10.96.0.11', ports: [{ port: 99, targetPort: 99 }] }),
    headless('db'),
    headless('eager', { publishNotReadyAddresses: true }),
    headless('empty'),
    headless('dual'),
    service('out', { type: 'ExternalName', externalName: 'Www.Example.COM.' }),
  ],
  slices: [
    slice('db', [endpoint('10.0.0.1', { hostname: 'db-0' }), endpoint('10.0.0.2', { hostname: 'db-1' }), endpoint('10.0.0.3')]),
    slice('db', [endpoint('10.0.0.9', { hostname: 'db-9', conditions: { ready: false } })], { name: 'db-2' }),
    slice('eager', [endpoint('10.0.1.1', { hostname: 'e-0', conditions: { ready: false } })]),
    slice('empty', [endpoint('10.0.2.1', { conditions: { ready: false } })]),
    slice('dual', [endpoint('10.0.3.1', { hostname: 'd-0', conditions: {} })]),
    slice('dual', [endpoint('fd00::3:1', { hostname: 'd-0' })], { name: 'dual-6', addressType: 'IPv6' }),
    slice('web', [endpoint('10.0.4.1', { hostname: 'named' }), endpoint('10.0.4.2')]),
    slice('db', [endpoint('db.example.com')], { name: 'db-fqdn', addressType: 'FQDN' }),
  ],
};

const line = ({ owner = '@', type, data }: ResourceRecord): string =>
  `${owner} ${type} ${typeof data === 'string' ? data : Object.values(data).join(' ')}`;

const NODATA: readonly string[] = [];

describe('resolve', () => {
  const index = indexOf(CLUSTER);
  const ask = (name: string, type: keyof typeof TYPE) => resolve(question(name, type), { index, zone });

  it.each<{ name: string; type: keyof typeof TYPE; want: readonly string[] }>([
    { name: 'web.ns.svc.cluster.local', type: 'A', want: ['@ A 10.96.0.10'] },
    { name: 'web.ns.svc.cluster.local', type: 'AAAA', want: ['@ AAAA fd00::10'] },
    { name: 'WEB.ns.SVC.Cluster.Local', type: 'A', want: ['@ A 10.96.0.10'] },
    { name: 'web.ns.svc.cluster.local', type: 'TXT', want: NODATA },
    { name: 'web.ns.svc.cluster.local', type: 'ANY', want: ['@ HINFO RFC8482 '] },
    { name: 'single.ns.svc.cluster.local', type: 'AAAA', want: NODATA },
    { name: 'named.web.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.4.1'] },
    { name: 'db.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.0.1', '@ A 10.0.0.2', '@ A 10.0.0.3'] },
    { name: 'db.ns.svc.cluster.local', type: 'AAAA', want: NODATA },
    { name: 'db-1.db.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.0.2'] },
    { name: '10-0-0-3.db.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.0.3'] },
    { name: 'eager.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.1.1'] },
    { name: 'dual.ns.svc.cluster.local', type: 'AAAA', want: ['@ AAAA fd00::3:1'] },
    { name: 'd-0.dual.ns.svc.cluster.local', type: 'A', want: ['@ A 10.0.3.1'] },
    { name: '_http._tcp.web.ns.svc.cluster.local', type: 'SRV', want: ['@ SRV 0 100 80 web.ns.svc.cluster.local'] },
    { name: '_dns._udp.web.ns.svc.cluster.local', type: 'SRV', want: ['@ SRV 0 100 53 web.ns.svc.cluster.local'] },
    { name: '_http._tcp.web.ns.svc.cluster.local', type: 'A', want: NODATA },
    { name: '_tcp.web.ns.svc.cluster.local', type: 'SRV', want: NODATA },
    {
      name: '_http._tcp.db.ns.svc.cluster.local',
      type: 'SRV',
      want: [
        '@ SRV 0 33 8080 db-0.db.ns.svc.cluster.local',
        '@ SRV 0 33 8080 db-1.db.ns.svc.cluster.local',
        '@ SRV 0 33 8080 10-0-0-3.db.ns.svc.cluster.local',
      ],
    },
    { name: 'single.ns.svc.cluster.local', type: 'SRV', want: ['@ SRV 0 100 99 single.ns.svc.cluster.local'] },
    { name: 'out.ns.svc.cluster.local', type: 'CNAME', want: ['@ CNAME www.example.com'] },
    { name: 'ns.svc.cluster.local', type: 'A', want: NODATA },
    { name: 'svc.cluster.local', type: 'A', want: NODATA },
    { name: '1-2-3-4.ns.pod.cluster.local', type: 'A', want: ['@ A 1.2.3.4'] },
    { name: '1-2-3-4.ns.pod.cluster.local', type: 'AAAA', want: NODATA },
    { name: 'fd00--1.ns.pod.cluster.local', type: 'AAAA', want: ['@ AAAA fd00::1'] },
    { name: 'ns.pod.cluster.local', type: 'A', want: NODATA },
    { name: '10.0.96.10.in-addr.arpa', type: 'PTR', want: ['@ PTR web.ns.svc.cluster.local'] },
    { name: '2.0.0.10.in-addr.arpa', type: 'PTR', want: ['@ PTR db-1.db.ns.svc.cluster.local'] },
    { name: '3.0.0.10.in-addr.arpa', type: 'PTR', want: ['@ PTR 10-0-0-3.db.ns.svc.cluster.local'] },
    { name: '2.0.0.10.in-addr.arpa', type: 'A', want: NODATA },
    { name: `0.1.${'0.'.repeat(26)}0.0.d.f.ip6.arpa`, type: 'PTR', want: ['@ PTR web.ns.svc.cluster.local'] },
    { name: 'dns-version.cluster.local', type: 'TXT', want: ['@ TXT 1.1.0'] },
    { name: 'cluster.local', type: 'NS', want: ['@ NS ns.dns.cluster.local'] },
    { name: 'ns.dns.cluster.local', type: 'A', want: ['@ A 10.96.0.53'] },
    { name: 'cluster.local', type: 'A', want: NODATA },
    { name: 'cluster.local', type: 'SOA', want: ['@ SOA ns.dns.cluster.local hostmaster.cluster.local 7 7200 1800 86400 5'] },
  ])('finds $type $name', ({ name, type, want }) => {
    const answer = ask(name, type);
    expect({ rcode: answer?.rcode, answers: answer?.answers.map(line) }).toEqual({ rcode: 'NOERROR', answers: want });
    expect(answer?.authorities?.map(({ type: kind, owner }) => `${kind} ${owner}`)).toEqual(want.length > 0 ? [] : ['SOA cluster.local']);
  });

  it.each([
    { name: 'a Service that is not there', of: 'gone.ns.svc.cluster.local' },
    { name: 'a namespace that is not there', of: 'nowhere.svc.cluster.local' },
    { name: 'a headless Service without a ready endpoint', of: 'empty.ns.svc.cluster.local' },
    { name: 'an endpoint that is not ready', of: 'db-9.db.ns.svc.cluster.local' },
    { name: 'an endpoint of a ClusterIP Service without a hostname', of: '10-0-4-2.web.ns.svc.cluster.local' },
    { name: 'a port that is not there', of: '_gone._tcp.web.ns.svc.cluster.local' },
    { name: 'a port under another protocol', of: '_http._udp.web.ns.svc.cluster.local' },
    { name: 'a port without a name', of: '_._tcp.web.ns.svc.cluster.local' },
    { name: 'a name below a port', of: 'x._http._tcp.web.ns.svc.cluster.local' },
    { name: 'a name below an ExternalName', of: 'x.out.ns.svc.cluster.local' },
    { name: 'a pod that is no address', of: '1-2-3.ns.pod.cluster.local' },
    { name: 'a pod in a namespace that is not there', of: '1-2-3-4.nowhere.pod.cluster.local' },
    { name: "another domain with the cluster's at its end", of: 'www.example.com.cluster.local' },
    { name: 'labels that hold the separator of keys', of: 'web.ns/svc.svc.cluster.local' },
  ])('denies $name', ({ of }) => {
    const answer = ask(of, 'A');
    expect({ rcode: answer?.rcode, answers: answer?.answers }).toEqual({ rcode: 'NXDOMAIN', answers: [] });
    expect(answer?.authorities?.map(line)).toEqual(['cluster.local SOA ns.dns.cluster.local hostmaster.cluster.local 7 7200 1800 86400 5']);
  });

  it.each(['example.com', 'local', 'notcluster.local', '4.3.2.1.in-addr.arpa', 'in-addr.arpa', '.'])('has no say in %s', name => {
    expect(ask(name, 'PTR')).toBeUndefined();
  });

  it('says where an ExternalName leads, but not to who asks for the alias itself', () => {
    expect(ask('out.ns.svc.cluster.local', 'A')).toMatchObject({ leadsTo: 'www.example.com', answers: [{ type: 'CNAME' }] });
    expect(ask('out.ns.svc.cluster.local', 'CNAME')).not.toHaveProperty('leadsTo');
    expect(ask('out.ns.svc.cluster.local', 'ANY')).not.toHaveProperty('leadsTo');
  });

  it('adds the addresses of SRV targets, of both families', () => {
    expect(ask('_http._tcp.web.ns.svc.cluster.local', 'SRV')?.additionals?.map(line)).toEqual([
      'web.ns.svc.cluster.local A 10.96.0.10',
      'web.ns.svc.cluster.local AAAA fd00::10',
    ]);
  });

  it('names the DNS Service as name server when there is one', () => {
    const dns = service('kube-dns', { clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] });
    const served = indexOf({ services: [{ ...dns, metadata: { ...dns.metadata, namespace: 'kube-system' } }] });
    const answer = resolve(question('cluster.local', 'NS'), { index: served, zone });
    expect([...(answer?.answers ?? []), ...(answer?.additionals ?? [])].map(line)).toEqual([
      '@ NS kube-dns.kube-system.svc.cluster.local',
      'kube-dns.kube-system.svc.cluster.local A 10.96.0.2',
    ]);
  });
});
