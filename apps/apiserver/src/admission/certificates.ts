import type { Authorizer, User } from '@steersman/auth';
import { readCertificateRequest } from '@steersman/pki';
import { type CertificateSigningRequest, certificateSigningRequestKind, invalid, jsonEquals } from '@steersman/types';
import type { AdmissionRule, AdmittedWrite } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** Who asks for a certificate is written down by us; who approves or signs must be allowed to for that signer. */
export const certificatesRule = (authorizer: Authorizer): AdmissionRule => ({
  admit(write) {
    if (write.kind !== certificateSigningRequestKind || write.operation === 'delete') return;
    const [request, before] = [write.object as CertificateSigningRequest, write.prev as CertificateSigningRequest | undefined]; // the kind says so
    if (write.operation === 'create') return beginRequest(request, write.user);
    for (const verb of verbsNeeded(write, request, before)) {
      if (mayUse(authorizer, { user: write.user, verb, signer: request.spec.signerName })) continue;
      throw refused(
        certificateSigningRequestKind,
        request.metadata.name,
        `user not permitted to ${verb} requests with signerName ${JSON.stringify(request.spec.signerName)}`,
      );
    }
  },
});

function beginRequest({ metadata, spec }: CertificateSigningRequest, { name, groups, uid, extra }: User): void {
  spec.username = name;
  spec.groups = [...groups];
  if (uid !== undefined) spec.uid = uid;
  else delete spec.uid;
  if (extra) spec.extra = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]));
  else delete spec.extra;
  const asked = readAsked(metadata.name, spec.request);
  if (spec.signerName === CLIENT_SIGNER && asked.organizations.includes(MASTERS))
    throw refused(certificateSigningRequestKind, metadata.name, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
}

function readAsked(name: string, request: string): ReturnType<typeof readCertificateRequest> {
  try {
    return readCertificateRequest(Buffer.from(request ?? '', 'base64').toString('latin1'));
  } catch (err) {
    const detail = err instanceof Error ? err.message : String(err);
    throw invalid(certificateSigningRequestKind, name, [{ fault: 'Invalid', field: 'spec.request', value: request ?? '', detail }]);
  }
}

/** Whoever may write the status is not thereby one who decides. */
function verbsNeeded(
  { subresource }: AdmittedWrite,
  request: CertificateSigningRequest,
  before: CertificateSigningRequest | undefined,
): readonly string[] {
  if (subresource === 'approval') return ['approve'];
  if (subresource !== 'status') return [];
  const decisions = (csr: CertificateSigningRequest | undefined) =>
    (csr?.status.conditions ?? []).filter(({ type }) => type === 'Approved' || type === 'Denied');
  return [
    ...(jsonEquals(decisions(request), decisions(before)) ? [] : ['approve']),
    ...(jsonEquals(request.status.certificate ?? '', before?.status.certificate ?? '') ? [] : ['sign']),
  ];
}

interface SignerUse {
  readonly user: User;
  readonly verb: string;
  readonly signer: string;
}

/** Either for this signer, or for all of its domain. */
function mayUse(authorizer: Authorizer, { user, verb, signer }: SignerUse): boolean {
  const ask = (name: string): boolean =>
    authorizer.allows({ user, verb, group: GROUP, resource: 'signers', subresource: '', namespace: '', name, path: '' });
  return ask(signer) || ask(`${signer.split('/')[0]}/*`);
}
