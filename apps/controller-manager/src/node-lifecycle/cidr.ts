import { ConfigError } from '@steersman/config';

/** Addresses of one node: 254 pods and the gateway fit. */
const NODE_BITS = 24;

export interface CidrPlan {
  /** How many nodes fit. */
  readonly size: number;
  subnet(index: number): string;
  /** Undefined for a range that is none of the plan's. */
  indexOf(cidr: string): number | undefined;
}

/** The /24 networks of the cluster's range, in order. Throws ConfigError for a range that is not IPv4 or holds none. */
export function cidrPlan(clusterCidr: string): CidrPlan {
  const { base, bits } =
    parse(clusterCidr) ?? fail(`--cluster-cidr ${JSON.stringify(clusterCidr)} is not an IPv4 range such as 10.244.0.0/16`);
  if (bits > NODE_BITS) fail(`--cluster-cidr ${clusterCidr} holds no /${NODE_BITS} for a node: give a range of /${NODE_BITS} or larger`);
  const step = 2 ** (32 - NODE_BITS);
  const first = base - (base % 2 ** (32 - bits));
  const size = 2 ** (NODE_BITS - bits);
  return {
    size,
    subnet: index => `${dotted(first + index * step)}/${NODE_BITS}`,
    indexOf(cidr) {
      const parsed = parse(cidr);
      const index = parsed && (parsed.base - first) / step;
      return index !== undefined && parsed?.bits === NODE_BITS && Number.isInteger(index) && index >= 0 && index < size ? index : undefined;
    },
  };
}

function parse(cidr: string): { readonly base: number; readonly bits: number } | undefined {
  const [, address = '', bits] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const octets = address.split('.').map(Number);
  if (bits === undefined || Number(bits) > 32 || octets.some(octet => octet > 255)) return undefined;
  return { base: octets.reduce((sum, octet) => sum * 256 + octet, 0), bits: Number(bits) };
}

const dotted = (address: number): string => [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');

function fail(problem: string): never {
  throw new ConfigError([problem]);
}
