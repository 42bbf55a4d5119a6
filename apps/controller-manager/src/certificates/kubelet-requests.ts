import type { CertificateRequest } from '@steersman/pki';
import type { CertificateSigningRequestSpec } from '@steersman/types';

export const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving';

const NODE_USER = 'system:node:';
const NODE_GROUP = 'system:nodes';

/** Usages each signer certifies: `client auth` or `server auth` must be asked, the others may. */
const USAGES: Readonly<Record<string, { readonly needed: string; readonly allowed: readonly string[] }>> = {
  [CLIENT_SIGNER]: { needed: 'client auth', allowed: ['digital signature', 'key encipherment', 'client auth'] },
  [KUBELET_CLIENT_SIGNER]: { needed: 'client auth', allowed: ['digital signature', 'key encipherment', 'client auth'] },
  [KUBELET_SERVING_SIGNER]: { needed: 'server auth', allowed: ['digital signature', 'key encipherment', 'server auth'] },
};

export const SIGNERS = Object.keys(USAGES);

type Asked = Pick<CertificateRequest, 'commonName' | 'organizations' | 'dnsNames' | 'ips' | 'emails' | 'uris'>;

/** Why the signer does not certify this; undefined when it does. Conditions of upstream's signers of these names. */
export function signerFault({ signerName, usages = [], username = '' }: CertificateSigningRequestSpec, asked: Asked): string | undefined {
  const rule = USAGES[signerName];
  if (!rule) return `signer ${signerName} is not one of ours`;
  if (!usages.includes(rule.needed)) return `usages must include ${JSON.stringify(rule.needed)}`;
  const other = usages.find(usage => !rule.allowed.includes(usage));
  if (other !== undefined) return `usage ${JSON.stringify(other)} is not allowed: may be ${rule.allowed.join(', ')}`;
  if (signerName === CLIENT_SIGNER) return undefined;
  if (asked.organizations.length !== 1 || asked.organizations[0] !== NODE_GROUP) return `subject organization is not ${NODE_GROUP}`;
  if (!asked.commonName.startsWith(NODE_USER)) return `subject common name does not begin with ${NODE_USER}`;
  if (asked.emails.length > 0 || asked.uris.length > 0) return 'email and URI subjectAltNames are not allowed';
  if (signerName === KUBELET_CLIENT_SIGNER)
    return asked.dnsNames.length + asked.ips.length > 0 ? 'DNS and IP subjectAltNames are not allowed' : undefined;
  if (asked.dnsNames.length + asked.ips.length === 0) return 'DNS or IP subjectAltName is required';
  return username === asked.commonName ? undefined : `requested by ${username}, for ${asked.commonName}`;
}

export const nodeNameOf = ({ commonName }: Pick<Asked, 'commonName'>): string => commonName.slice(NODE_USER.length);
