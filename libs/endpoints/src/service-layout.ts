import type { Family, Protocol } from './forwarding.ts';

export interface LayoutOptions {
  readonly table: string;
  /** Of all pods; what comes from elsewhere to a Service's own address gets the node's. */
  readonly clusterCidrs: readonly string[];
}

/** Everything in the table whose name starts so is written by this layout, and nothing else is touched. */
export const PREFIX = 'service-';

export type SetName = `${typeof PREFIX}${string}`;

/** Of each family, the sets and maps that hold what changes. */
export const SETS = {
  /** address . protocol . port → what to do. */
  route: family => `${PREFIX}route-${family}`,
  /** The same, looked at first for what comes from outside. */
  outside: family => `${PREFIX}outside-${family}`,
  /** Services' own addresses. */
  address: family => `${PREFIX}address-${family}`,
  masquerade: family => `${PREFIX}masquerade-${family}`,
  /** Backends of this node, as pairs. */
  hairpin: family => `${PREFIX}hairpin-${family}`,
  guarded: family => `${PREFIX}guarded-${family}`,
  /** address . protocol . port . network that may connect. */
  allowed: family => `${PREFIX}allowed-${family}`,
  /** address . protocol . port → how long a client stays. */
  sticky: family => `${PREFIX}sticky-${family}`,
} as const satisfies Record<string, (family: Family) => SetName>;

export const FAMILIES: readonly Family[] = ['ip', 'ip6'];
export const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

/** address . protocol . port . place in the row → backend. nft 1.0 knows what to translate to only by protocol. */
export const backendMap = (family: Family, protocol: Protocol): SetName => `${PREFIX}backend-${protocol}-${family}`;

/** client . address . protocol . port → backend; the kernel fills it. */
export const affinityMap = (protocol: Protocol): SetName => `${PREFIX}affinity-${protocol}-ip`;

export const REFUSE = `${PREFIX}refuse`;

/** Places in the row from here on hold the backends for `fromOutside`. */
export const OUTSIDE_OFFSET = 32_768;

const [LOOKUP, OUTWARD, SOURCE] = [`${PREFIX}lookup`, `${PREFIX}from-outside`, `${PREFIX}source`];

interface Chain {
  readonly name: string;
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** Declares sets and maps, which keep what they hold, and writes the fixed chains anew. */
export function layoutCommands({ table, clusterCidrs }: LayoutOptions): readonly string[] {
  const chains: readonly Chain[] = [
    { name: REFUSE, rules: ['meta l4proto tcp reject with tcp reset', 'reject'] },
    { name: LOOKUP, rules: FAMILIES.flatMap(lookupRules) },
    { name: OUTWARD, rules: FAMILIES.flatMap(family => outsideRules(family, clusterCidrs)) },
    { name: SOURCE, rules: FAMILIES.flatMap(family => sourceRules(family, clusterCidrs)) },
    // By number (dstnat, srcnat): nft knows the name dstnat in prerouting only.
    hooked('prerouting', '-100', [`jump ${OUTWARD}`, `jump ${LOOKUP}`]),
    hooked('output', '-100', [`jump ${LOOKUP}`]),
    hooked('postrouting', '100', [`ct status dnat jump ${SOURCE}`]),
  ];
  return [
    `add table inet ${table}`,
    ...FAMILIES.flatMap(setDeclarations).map(line => declare(table, line)),
    ...chains.map(({ name, hook = '' }) => `add chain inet ${table} ${name} ${hook}`.trim()),
    ...chains.map(({ name }) => `flush chain inet ${table} ${name}`),
    ...chains.flatMap(({ name, rules }) => rules.map(rule => `add rule inet ${table} ${name} ${rule}`)),
  ];
}

const declare = (table: string, line: string): string => line.replace(/^(set|map) /, `add $1 inet ${table} `);

const hooked = (hook: string, priority: string, rules: readonly string[]): Chain => ({
  name: `${PREFIX}${hook}`,
  hook: `{ type nat hook ${hook} priority ${priority} ; policy accept ; }`,
  rules,
});

function setDeclarations(family: Family): readonly string[] {
  const address = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const key = `${address} . inet_proto . inet_service`;
  return [
    `map ${SETS.route(family)} { type ${key} : verdict ; }`,
    `map ${SETS.outside(family)} { type ${key} : verdict ; }`,
    ...PROTOCOLS.map(
      protocol =>
        `map ${backendMap(family, protocol)} { typeof ${family} daddr . meta l4proto . th dport . numgen random mod 65536 : ` +
        `${family} daddr . ${protocol} dport ; }`,
    ),
    `set ${SETS.address(family)} { type ${address} ; }`,
    `set ${SETS.masquerade(family)} { type ${key} ; }`,
    `set ${SETS.hairpin(family)} { type ${address} . ${address} ; }`,
    `set ${SETS.guarded(family)} { type ${key} ; }`,
    `set ${SETS.allowed(family)} { type ${key} . ${address} ; flags interval ; }`,
    ...(family === 'ip' ? stickyDeclarations(key) : []),
  ];
}

const stickyDeclarations = (key: string): readonly string[] => [
  `map ${SETS.sticky('ip')} { type ${key} : verdict ; }`,
  ...PROTOCOLS.map(
    protocol =>
      `map ${affinityMap(protocol)} { typeof ip saddr . ip daddr . meta l4proto . th dport : ip daddr . ${protocol} dport ; ` +
      'flags dynamic,timeout ; timeout 3h ; size 262144 ; }',
  ),
];

const front = (family: Family): string => `${family} daddr . meta l4proto . th dport`;

const lookupRules = (family: Family): readonly string[] => [
  `${front(family)} vmap @${SETS.route(family)}`,
  `${family} daddr @${SETS.address(family)} goto ${REFUSE}`,
];

function outsideRules(family: Family, clusterCidrs: readonly string[]): readonly string[] {
  const inside = clusterCidrs.filter(cidr => cidr.includes(':') === (family === 'ip6'));
  return [
    `${front(family)} @${SETS.guarded(family)} ${front(family)} . ${family} saddr != @${SETS.allowed(family)} drop`,
    ...(inside.length > 0 ? [`${family} saddr { ${inside.join(', ')} } return`] : []),
    `${front(family)} vmap @${SETS.outside(family)}`,
  ];
}

/** nft gives `ct original proto-dst` a type only where the rule has named the protocol. */
const original = (family: Family): readonly string[] =>
  PROTOCOLS.map(protocol => `meta l4proto ${protocol} ct original ${family} daddr . meta l4proto . ct original proto-dst`);

/** For the first packet of a connection, after its backend is known. */
function sourceRules(family: Family, clusterCidrs: readonly string[]): readonly string[] {
  const inside = clusterCidrs.filter(cidr => cidr.includes(':') === (family === 'ip6'));
  return [
    ...(family === 'ip' ? original(family).map(key => `${key} vmap @${SETS.sticky(family)}`) : []),
    // A backend that calls itself would answer itself directly, past the translation.
    `${family} saddr . ${family} daddr @${SETS.hairpin(family)} masquerade`,
    ...original(family).map(key => `${key} @${SETS.masquerade(family)} masquerade`),
    ...(inside.length > 0
      ? [`ct original ${family} daddr @${SETS.address(family)} ${family} saddr != { ${inside.join(', ')} } masquerade`]
      : []),
  ];
}
