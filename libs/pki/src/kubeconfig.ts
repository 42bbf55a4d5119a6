import { stringify } from 'yaml';

export interface Access {
  /** Names the context, the cluster and the user. */
  readonly name: string;
  /** `https://host:port` */
  readonly server: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The three entries a kubeconfig holds for one cluster; https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export const kubeconfigEntries = ({ name, server, caPem, certPem, keyPem }: Access) =>
  ({
    clusters: { name, cluster: { server, 'certificate-authority-data': base64(caPem) } },
    users: { name, user: { 'client-certificate-data': base64(certPem), 'client-key-data': base64(keyPem) } },
    contexts: { name, context: { cluster: name, user: name } },
  }) as const;

/** A whole kubeconfig of its own. */
export function kubeconfig(access: Access): string {
  const { clusters, users, contexts } = kubeconfigEntries(access);
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [clusters],
      users: [users],
      contexts: [contexts],
      'current-context': access.name,
    },
    { lineWidth: 0 },
  );
}
