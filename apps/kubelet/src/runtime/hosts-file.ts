import type { Pod } from '@steersman/types';
import { domainOf, hostnameOf } from './sandbox-config.ts';

const HEAD = [
  '# Kubernetes-managed hosts file.',
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** /etc/hosts of a pod with a network of its own. */
export function hostsFile(pod: Pod, ips: readonly string[], clusterDomain: string): string {
  const host = hostnameOf(pod);
  const domain = domainOf(pod, clusterDomain);
  const own = ips.map(ip => (domain ? `${ip}\t${host}.${domain}\t${host}` : `${ip}\t${host}`));
  return [...HEAD, ...own, ...aliases(pod), ''].join('\n');
}

const aliases = ({ spec: { hostAliases = [] } }: Pod): readonly string[] =>
  hostAliases.length === 0
    ? []
    : ['', '# Entries added by HostAliases.', ...hostAliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`)];
