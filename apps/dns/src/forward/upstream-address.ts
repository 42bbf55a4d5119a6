import { isIP } from 'node:net';
import { ConfigError } from '@steersman/config';

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

const DNS_PORT = 53;

/** `10.0.0.1`, `10.0.0.1:5353`, `fd00::1` or `[fd00::1]:5353`. */
export function parseUpstream(text: string): UpstreamAddress {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  const port = portText === undefined ? DNS_PORT : Number(portText);
  if (isIP(host) === 0 || port < 1 || port > 65_535)
    throw new ConfigError([`--upstream: "${text}" is not an address such as 10.0.0.1 or 10.0.0.1:53`]);
  return { host, port };
}

/** The name servers of a resolv.conf(5), in its order. What it says besides them is for stub resolvers. */
export const upstreamsOf = (resolvConf: string): readonly UpstreamAddress[] =>
  resolvConf.split('\n').flatMap(line => {
    const [keyword, host = ''] = line.trim().split(/\s+/);
    return keyword === 'nameserver' && isIP(host) !== 0 ? [{ host, port: DNS_PORT }] : [];
  });

export const addressText = ({ host, port }: UpstreamAddress): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
