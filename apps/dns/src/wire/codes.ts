/** Numbers of https://www.iana.org/assignments/dns-parameters that this server tells apart. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

/** 128 to 254 ask for something else than records of that type (RFC 6895 §3.1). */
export const isMetaType = (type: number): boolean => type >= 128 && type < TYPE.ANY;

export const CLASS_IN = 1;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** Needs the high bits that EDNS carries. */
  BADVERS: 16,
} as const;

export const FLAG = {
  response: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  authentic: 0x0020,
  checkingDisabled: 0x0010,
  rcode: 0x000f,
} as const;

export const HEADER_BYTES = 12;
export const MAX_MESSAGE_BYTES = 65_535;

const TYPE_NAMES = new Map<number, string>(Object.entries(TYPE).map(([name, number]) => [number, name]));
const RCODE_NAMES = new Map<number, string>(Object.entries(RCODE).map(([name, number]) => [number, name]));

/** For metrics: the number of names is bounded. */
export const typeName = (type: number): string => TYPE_NAMES.get(type) ?? 'other';
export const rcodeName = (rcode: number): string => RCODE_NAMES.get(rcode) ?? 'other';
