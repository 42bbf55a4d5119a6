import type { Service } from '@steersman/types';

/** The variables of docker links (`WEB_SERVICE_HOST`, `WEB_PORT_80_TCP` ...) for Services that have an address. */
export function serviceEnvironment(services: readonly Service[]): ReadonlyMap<string, string> {
  return new Map(services.flatMap(service => (hasAddress(service) ? variablesOf(service) : [])));
}

const hasAddress = ({ spec }: Service): boolean => !!spec.clusterIP && spec.clusterIP !== 'None';

function variablesOf({ metadata, spec }: Service): readonly (readonly [string, string])[] {
  const prefix = upper(metadata.name);
  const host = spec.clusterIP ?? '';
  const authority = host.includes(':') ? `[${host}]` : host;
  const ports = spec.ports ?? [];
  const [first] = ports;
  if (!first) return [];
  const urlOf = (port: number, protocol: string): string => `${protocol.toLowerCase()}://${authority}:${port}`;
  return [
    [`${prefix}_SERVICE_HOST`, host],
    [`${prefix}_SERVICE_PORT`, String(first.port)],
    ...ports.flatMap(({ name, port }) => (name ? [[`${prefix}_SERVICE_PORT_${upper(name)}`, String(port)] as const] : [])),
    [`${prefix}_PORT`, urlOf(first.port, first.protocol ?? 'TCP')],
    ...ports.flatMap(({ port, protocol = 'TCP' }) => {
      const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
      return [
        [link, urlOf(port, protocol)],
        [`${link}_PROTO`, protocol.toLowerCase()],
        [`${link}_PORT`, String(port)],
        [`${link}_ADDR`, host],
      ] as const;
    }),
  ];
}

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');
