import { needsNodePorts, type Service } from '@steersman/types';
import { type Pool, poolKey } from './pool.ts';

export interface ServicePools {
  readonly addresses: Pool;
  readonly ports: Pool;
}

/** A value out of a pool that a service holds, or must be given. */
export interface Value {
  readonly pool: Pool;
  readonly field: string;
  /** Undefined when it has none yet. */
  read(): string | undefined;
  write(value: string): void;
  /** What it takes before any free value: one service port of several protocols has one node port. */
  shared?(): string | undefined;
}

const HEADLESS = 'None';

export const hasAddress = ({ spec }: Service): boolean => spec.type !== 'ExternalName' && spec.clusterIP !== HEADLESS;

/** What the service must have of each pool. */
export function valuesOf(service: Service, { addresses, ports: portPool }: ServicePools): readonly Value[] {
  const { spec } = service;
  const address: Value = {
    pool: addresses,
    field: 'spec.clusterIPs',
    read: () => spec.clusterIP || undefined,
    write(value) {
      spec.clusterIP = value;
      spec.clusterIPs = [value];
    },
  };
  const nodePorts = (spec.ports ?? []).flatMap((port, at): readonly Value[] => {
    if (!port.nodePort && !needsNodePorts(service)) return [];
    return [
      {
        pool: portPool,
        field: `spec.ports[${at}].nodePort`,
        read: () => (port.nodePort ? String(port.nodePort) : undefined),
        write(value) {
          port.nodePort = Number(value);
        },
        shared() {
          const other = spec.ports?.find(
            ({ port: number, protocol, nodePort }) => nodePort && number === port.port && protocol !== port.protocol,
          );
          return other?.nodePort === undefined ? undefined : String(other.nodePort);
        },
      },
    ];
  });
  const health: Value = {
    pool: portPool,
    field: 'spec.healthCheckNodePort',
    read: () => (spec.healthCheckNodePort ? String(spec.healthCheckNodePort) : undefined),
    write(value) {
      spec.healthCheckNodePort = Number(value);
    },
  };
  const needsHealth = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
  return [...(hasAddress(service) ? [address] : []), ...nodePorts, ...(needsHealth ? [health] : [])];
}

/** The entries that stand for what the service holds. */
export const keysOf = (service: Service | undefined, pools: ServicePools): ReadonlySet<string> =>
  new Set(service ? valuesOf(service, pools).flatMap(value => keyOf(value.pool, value.read())) : []);

const keyOf = (pool: Pool, value: string | undefined): readonly string[] => (value === undefined ? [] : [poolKey(pool, value)]);
