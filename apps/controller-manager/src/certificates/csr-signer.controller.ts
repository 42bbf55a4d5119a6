import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { certify, type Certifier } from '@steersman/pki';
import { type CertificateSigningRequest, certificateSigningRequestKind } from '@steersman/types';
import type { Informers } from '../informers.ts';
import { timeText } from '../times.ts';
import { readRequest } from './csr-approver.controller.ts';
import { signerFault, SIGNERS } from './kubelet-requests.ts';

/** Clocks of machines differ: a new certificate holds at once everywhere. */
const BACKDATE_MS = 5 * 60_000;

export interface CsrSignerDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
  readonly certifier: Certifier;
  /** How long certificates hold that do not ask for less. */
  readonly lifetimeMs: number;
}

/** Certifies what has been approved. */
export function csrSignerController({ client, informer, clock, certifier, lifetimeMs }: CsrSignerDeps): Controller {
  const requests = informer(certificateSigningRequestKind);
  return {
    name: 'csr-signer',
    watches: [watch(requests, ({ metadata }) => [metadata.name])],
    async reconcile(key, { signal, log }) {
      const request = requests.get(key);
      if (!request || !isApproved(request)) return undefined;
      const status = signed(request, { certifier, lifetimeMs, now: clock.wall() });
      await client.of(certificateSigningRequestKind).updateStatus({ ...request, status }, { signal });
      log.info('certificate request answered', { signer: request.spec.signerName, issued: status.certificate !== undefined });
      return undefined;
    },
  };
}

const has = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status.conditions?.some(condition => condition.type === type) ?? false;

const isApproved = (request: CertificateSigningRequest): boolean =>
  SIGNERS.includes(request.spec.signerName) &&
  !request.status.certificate &&
  has(request, 'Approved') &&
  !has(request, 'Denied') &&
  !has(request, 'Failed');

interface Signing {
  readonly certifier: Certifier;
  readonly lifetimeMs: number;
  readonly now: Date;
}

function signed({ spec, status }: CertificateSigningRequest, { certifier, lifetimeMs, now }: Signing): CertificateSigningRequest['status'] {
  const asked = readRequest(spec);
  const fault = asked ? signerFault(spec, asked) : 'the request cannot be read';
  if (!asked || fault !== undefined) {
    const time = timeText(now);
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'SignerValidationFailure',
      message: fault ?? '',
      lastUpdateTime: time,
      lastTransitionTime: time,
    };
    return { ...status, conditions: [...(status.conditions ?? []), failed] };
  }
  const lasts = Math.min(lifetimeMs, (spec.expirationSeconds ?? Infinity) * 1_000);
  const pem = certify(
    {
      request: asked,
      usages: spec.usages ?? [],
      notBefore: new Date(now.getTime() - BACKDATE_MS),
      notAfter: new Date(now.getTime() + lasts - BACKDATE_MS),
    },
    certifier,
  );
  return { ...status, certificate: Buffer.from(pem).toString('base64') };
}
