import type { Backend, Family, Forwarding } from './forwarding.ts';

export interface IptablesOptions {
  /** Begins the name of every chain; at most 11 characters, as names have 28. */
  readonly prefix: string;
  readonly family: Family;
  readonly clusterCidrs: readonly string[];
}

export interface IptablesTable {
  readonly name: 'nat' | 'filter' | 'mangle';
  /** Built-in chains, and which of ours each jumps to. */
  readonly hooks: Readonly<Record<string, string>>;
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

type Rules = Map<string, string[]>;

/** Rules for hosts without nftables: a chain per address, as kube-proxy's iptables mode has, walked one after the other. */
export function iptablesRules(forwardings: readonly Forwarding[], options: IptablesOptions): readonly IptablesTable[] {
  const { prefix, family } = options;
  const [services, sources, refuse, guard] = [`${prefix}SERVICES`, `${prefix}SOURCE`, `${prefix}REFUSE`, `${prefix}GUARD`];
  const nat: Rules = new Map([
    [services, []],
    [sources, []],
  ]);
  const filter: Rules = new Map([[refuse, []]]);
  const mangle: Rules = new Map([[guard, []]]);
  for (const forwarding of forwardings.filter(candidate => candidate.family === family)) {
    translate(forwarding, nat, options);
    masquerade(forwarding, nat.get(sources) ?? [], options);
    if (forwarding.route.backends.length === 0) filter.get(refuse)?.push(...stop(forwarding));
    mangle.get(guard)?.push(...guards(forwarding, options));
  }
  return [
    { name: 'nat', hooks: { PREROUTING: services, OUTPUT: services, POSTROUTING: sources }, chains: nat },
    { name: 'filter', hooks: { INPUT: refuse, FORWARD: refuse, OUTPUT: refuse }, chains: filter },
    { name: 'mangle', hooks: { PREROUTING: guard }, chains: mangle },
  ];
}

const match = ({ address, protocol, port }: Forwarding): string => `-d ${address} -p ${protocol} -m ${protocol} --dport ${port}`;

function translate(forwarding: Forwarding, nat: Rules, { prefix, clusterCidrs }: IptablesOptions): void {
  const { family, address, protocol, port, route, fromOutside } = forwarding;
  const id = fingerprint(`${address} ${protocol} ${port}`);
  const services = nat.get(`${prefix}SERVICES`);
  const pick = (kind: string, backends: readonly Backend[]): string => {
    const chain = `${prefix}${kind}-${id}`;
    nat.set(chain, picks(forwarding, backends, chain));
    return chain;
  };
  if (route.backends.length > 0) pick('S', route.backends);
  if (fromOutside && fromOutside.backends.length > 0) {
    const chain = pick('O', fromOutside.backends);
    const inside = clusterCidrs.filter(cidr => cidr.includes(':') === (family === 'ip6')).map(cidr => `-s ${cidr}`);
    const split = [...inside, '-m addrtype --src-type LOCAL'].map(from => `${from} -g ${prefix}S-${id}`);
    nat.set(`${prefix}E-${id}`, [...(route.backends.length > 0 ? split : []), `-g ${chain}`]);
    services?.push(`${match(forwarding)} -g ${prefix}E-${id}`);
  } else if (route.backends.length > 0) services?.push(`${match(forwarding)} -g ${prefix}S-${id}`);
}

/** The first of n takes one connection in n, the next one in n-1 of the rest, and so on. */
function picks({ family, affinitySeconds, protocol }: Forwarding, backends: readonly Backend[], chain: string): string[] {
  const to = ({ address, port }: Backend): string =>
    `-p ${protocol} -j DNAT --to-destination ${family === 'ip' ? `${address}:${port}` : `[${address}]:${port}`}`;
  const share = (at: number): string =>
    at === backends.length - 1 ? '' : `-m statistic --mode random --probability ${(1 / (backends.length - at)).toFixed(10)} `;
  if (affinitySeconds === undefined) return backends.map((backend, at) => `${share(at)}${to(backend)}`);
  const list = ({ address, port }: Backend): string => `${chain}-${fingerprint(`${address} ${port}`)}`;
  return [
    ...backends.map(backend => `-m recent --name ${list(backend)} --rcheck --seconds ${affinitySeconds} --reap --rsource ${to(backend)}`),
    ...backends.map((backend, at) => `${share(at)}-m recent --name ${list(backend)} --set --rsource ${to(backend)}`),
  ];
}

function masquerade(forwarding: Forwarding, rules: string[], { clusterCidrs }: IptablesOptions): void {
  const { family, address, protocol, port, route, fromOutside } = forwarding;
  const translated = `-p ${protocol} -m conntrack --ctstate DNAT --ctorigdst ${address} --ctorigdstport ${port}`;
  const inside = clusterCidrs.filter(cidr => cidr.includes(':') === (family === 'ip6'));
  const locals = [...route.backends, ...(fromOutside?.backends ?? [])].filter(({ local }) => local);
  if (forwarding.masquerade) rules.push(`${translated} -j MASQUERADE`);
  // A backend that calls itself would answer itself directly, past the translation.
  else for (const pod of new Set(locals.map(backend => backend.address))) rules.push(`-s ${pod} -d ${pod} ${translated} -j MASQUERADE`);
  const [only] = inside;
  if (forwarding.clusterIp && only !== undefined && inside.length === 1) rules.push(`! -s ${only} ${translated} -j MASQUERADE`);
}

/** What has no backend was not translated, and still has the Service's address. */
function stop(forwarding: Forwarding): readonly string[] {
  const { route, protocol } = forwarding;
  if (route.otherwise === 'drop') return [`${match(forwarding)} -j DROP`];
  return [`${match(forwarding)} -j REJECT${protocol === 'tcp' ? ' --reject-with tcp-reset' : ''}`];
}

/** Before translation, in mangle: iptables allows no DROP in nat. */
function guards(forwarding: Forwarding, { clusterCidrs, family }: IptablesOptions): readonly string[] {
  const { sources, fromOutside } = forwarding;
  const inside = clusterCidrs.filter(cidr => cidr.includes(':') === (family === 'ip6'));
  const drop = `${match(forwarding)} -m conntrack --ctstate NEW -j DROP`;
  const pass = (networks: readonly string[]): readonly string[] => networks.map(network => `-s ${network} ${match(forwarding)} -j RETURN`);
  if (sources) return [...pass(sources), drop];
  return fromOutside?.backends.length === 0 ? [...pass(inside), drop] : [];
}

/** 64 bits of FNV-1a in 13 characters: enough that no two of some thousand addresses meet. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const letter of text) hash = BigInt.asUintN(64, (hash ^ BigInt(letter.charCodeAt(0))) * 0x100000001b3n);
  return hash.toString(36).padStart(13, '0');
}
