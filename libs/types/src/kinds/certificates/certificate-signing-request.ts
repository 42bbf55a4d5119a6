import type { CertificateSigningRequest } from '../../gen/types.ts';
import { ageColumn } from '../../age-column.ts';
import { humanDuration } from '../../human-duration.ts';
import { defineKind } from '../../kind.ts';
import { validateConditions, validateRequest, validateStatusChange } from './csr-validation.ts';

const NONE = '<none>';

export const certificateSigningRequestKind = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  scope: 'Cluster',
  schema: 'V1CertificateSigningRequest',
  subresources: [{ name: 'status' }, { name: 'approval', part: { apply: approve } }],
  generation: false,
  columns: [
    ageColumn,
    { name: 'SignerName', description: 'The signer that is asked.', value: ({ spec }) => spec.signerName || NONE },
    { name: 'Requestor', description: 'Who asks.', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      description: 'How long the certificate shall hold.',
      value: ({ spec }) => (spec.expirationSeconds === undefined ? NONE : humanDuration(spec.expirationSeconds * 1_000)),
    },
    { name: 'Condition', description: 'What has come of it.', value: conditionText },
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName ?? '' },
  prepareForCreate(draft) {
    draft.status = {};
  },
  /** What was asked, and by whom, stays. */
  prepareForUpdate(draft, prev) {
    draft.spec = prev.spec;
  },
  validate: ({ spec, status }) => [...validateRequest(spec), ...validateConditions(status.conditions)],
  validateStatus: validateStatusChange,
});

/** `PUT .../approval`: the decision, and nothing else. */
function approve(draft: CertificateSigningRequest, { status }: CertificateSigningRequest): void {
  draft.status = { ...draft.status, ...(status.conditions && { conditions: status.conditions }) };
}

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status.conditions?.some(condition => condition.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [decision, ...(has('Failed') ? ['Failed'] : []), ...(status.certificate ? ['Issued'] : [])].join(',');
}
