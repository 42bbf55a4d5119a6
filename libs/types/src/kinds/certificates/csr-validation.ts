import { checkLabelName, checkSubdomain } from '@steersman/labels';
import type { CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestSpec } from '../../gen/types.ts';
import { jsonEquals } from '../../patch/pointer.ts';
import { each, type Faults, forbidden, invalidValue, oneOf, required, unique } from '../../validation/faults.ts';

const USAGES = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];
const LEGACY = 'kubernetes.io/legacy-unknown';
const MIN_SECONDS = 600;
const PEM_REQUEST = /^\s*-----BEGIN CERTIFICATE REQUEST-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*$/;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;
const DECISIONS = ['Approved', 'Denied'];

export function validateRequest({ request, usages = [], signerName, expirationSeconds }: CertificateSigningRequestSpec): Faults {
  return [
    ...(request && PEM_REQUEST.test(atob(request))
      ? []
      : invalidValue('spec.request', request ?? '', 'PEM block type must be CERTIFICATE REQUEST')),
    ...(usages.length === 0 ? required('spec.usages') : []),
    ...each(usages, 'spec.usages', (usage, field) => oneOf(field, usage, USAGES)),
    ...unique(
      usages,
      usage => usage,
      at => `spec.usages[${at}]`,
    ),
    ...validateSignerName(signerName ?? ''),
    ...(expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS
      ? invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)')
      : []),
  ];
}

function validateSignerName(name: string): Faults {
  const field = 'spec.signerName';
  if (name === '') return required(field);
  if (name === LEGACY) return invalidValue(field, name, 'the legacy signerName is not allowed via this API version');
  const [domain = '', ...path] = name.split('/');
  if (path.length === 0)
    return invalidValue(field, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"');
  const faults = [
    ...(domain.includes('.') ? checkSubdomain(domain) : ['should be a domain with at least two segments separated by dots']),
    ...path.flatMap(segment => segment.split('.').flatMap(checkLabelName)),
  ];
  return faults.flatMap(detail => invalidValue(field, name, detail));
}

export function validateConditions(conditions: readonly CertificateSigningRequestCondition[] | undefined): Faults {
  const field = 'status.conditions';
  const types = new Set((conditions ?? []).map(({ type }) => type));
  return [
    ...each(conditions, field, ({ type, status }, path) => [
      ...(type ? [] : required(`${path}.type`)),
      ...(['Approved', 'Denied', 'Failed'].includes(type)
        ? oneOf(`${path}.status`, status, ['True'])
        : oneOf(`${path}.status`, status, ['True', 'False', 'Unknown'])),
    ]),
    ...unique(
      conditions,
      ({ type }) => type,
      at => `${field}[${at}].type`,
    ),
    ...(DECISIONS.every(type => types.has(type))
      ? invalidValue(field, 'Denied', 'Approved and Denied conditions are mutually exclusive')
      : []),
  ];
}

/** A decision stands, and so does a certificate. */
export function validateStatusChange({ status }: CertificateSigningRequest, { status: before }: CertificateSigningRequest): Faults {
  const decided = (type: string, from: CertificateSigningRequest['status']) => from.conditions?.find(condition => condition.type === type);
  const undone = [...DECISIONS, 'Failed'].filter(type => decided(type, before) && !decided(type, status));
  return [
    ...validateConditions(status.conditions),
    ...undone.flatMap(type => forbidden('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`)),
    ...(before.certificate && !jsonEquals(before.certificate, status.certificate ?? '')
      ? forbidden('status.certificate', 'updates may not modify a set certificate')
      : []),
    ...(status.certificate && !PEM_CERTIFICATE.test(atob(status.certificate))
      ? invalidValue('status.certificate', '<certificate data>', 'must contain at least one CERTIFICATE PEM block')
      : []),
  ];
}
