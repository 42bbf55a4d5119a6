import type { Endpoint, EndpointSlice, Namespace, Service, ServiceSpec } from '@steersman/types';
import { type Answer, type DecodedPacket, decode, encode, type OptAnswer, type Packet, type RecordType } from 'dns-packet';
import { TYPE } from './wire/codes.ts';
import { foldCase, wireOfName } from './wire/names.ts';
import { type Question, questionFor } from './wire/parse-query.ts';
import { ClusterIndex, type Token } from './zone/cluster-index.ts';
import { zoneOf } from './zone/zone.ts';

const metadata = (namespace: string, name: string) => ({
  name,
  namespace,
  uid: `uid-${namespace}-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

export const zone = zoneOf({ name: 'Cluster.Local.', ttl: 5, serial: 7, addresses: ['10.96.0.53'] });

export const namespace = (name: string): Namespace => ({ metadata: { ...metadata('', name), namespace: '' }, spec: {}, status: {} });

/** A Service in namespace ns. */
export const service = (name: string, spec: Partial<ServiceSpec> = {}): Service => ({
  metadata: metadata('ns', name),
  spec: { type: 'ClusterIP', ...spec },
  status: {},
});

export const headless = (name: string, spec: Partial<ServiceSpec> = {}): Service =>
  service(name, { clusterIP: 'None', clusterIPs: ['None'], ...spec });

export interface SliceFacts extends Partial<Omit<EndpointSlice, 'metadata'>> {
  readonly name?: string;
}

/** A slice of a Service in namespace ns, with a port http at 8080. */
export const slice = (
  serviceName: string,
  endpoints: readonly Endpoint[],
  { name = `${serviceName}-1`, ...facts }: SliceFacts = {},
): EndpointSlice => ({
  metadata: { ...metadata('ns', name), labels: { 'kubernetes.io/service-name': serviceName } },
  addressType: 'IPv4',
  ports: [{ name: 'http', protocol: 'TCP', port: 8_080 }],
  ...facts,
  endpoints: [...endpoints],
});

export const endpoint = (address: string, facts: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [address],
  conditions: { ready: true },
  ...facts,
});

export interface World {
  readonly services?: readonly Service[];
  readonly slices?: readonly EndpointSlice[];
  readonly namespaces?: readonly string[];
}

export function indexOf(
  { services = [], slices = [], namespaces = ['ns', 'default'] }: World,
  onChange?: (token: Token) => void,
): ClusterIndex {
  const index = new ClusterIndex(onChange);
  for (const name of namespaces) index.onNamespace({ next: namespace(name) });
  for (const next of slices) index.onSlice({ next });
  for (const next of services) index.onService({ next });
  return index;
}

export const question = (name: string, type: keyof typeof TYPE): Question => questionFor(foldCase(wireOfName(name) ?? ''), TYPE[type]);

export interface QueryFacts extends Packet {
  readonly edns?: { readonly udpPayloadSize?: number; readonly flags?: number; readonly ednsVersion?: number };
}

export const optRecord = (facts: QueryFacts['edns'] = {}): OptAnswer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: 4_096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
  ...facts,
});

const RECURSION_DESIRED = 0x100;

/** A query as a stub resolver sends it. */
export const queryMessage = (name: string, type: string, { edns, ...packet }: QueryFacts = {}): Buffer =>
  encode({
    type: 'query',
    id: 0x1234,
    flags: RECURSION_DESIRED,
    questions: [{ name, type: type as RecordType }],
    ...(edns && { additionals: [optRecord(edns)] }),
    ...packet,
  });

export type Decoded = DecodedPacket & { readonly rcode: string };
export const decoded = (message: Buffer): Decoded => decode(message) as Decoded;

/** `name ttl type data`, for reading. */
export const shown = (records: readonly Answer[] | undefined): readonly string[] =>
  (records ?? []).map(record => {
    if (record.type === 'OPT') return `OPT ${record.udpPayloadSize}`;
    return `${record.name} ${record.ttl} ${record.type} ${textOf(record.data)}`;
  });

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  if (Buffer.isBuffer(data)) return data.toString('hex');
  if (Array.isArray(data)) return data.map(String).join(' ');
  return Object.values(data as object).join(' ');
}
