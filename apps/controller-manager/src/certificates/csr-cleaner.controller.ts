import { X509Certificate } from 'node:crypto';
import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type CertificateSigningRequest, certificateSigningRequestKind } from '@steersman/types';
import type { Informers } from '../informers.ts';

const HOUR_MS = 60 * 60_000;
/** How long requests are kept for whoever looks at them. */
const KEPT_MS = { pending: 24 * HOUR_MS, decided: HOUR_MS } as const;

export interface CsrCleanerDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Removes requests that nobody waits for any more. */
export function csrCleanerController({ client, informer, clock }: CsrCleanerDeps): Controller {
  const requests = informer(certificateSigningRequestKind);
  return {
    name: 'csr-cleaner',
    watches: [watch(requests, ({ metadata }) => [metadata.name])],
    async reconcile(key, { signal }) {
      const request = requests.get(key);
      if (!request) return undefined;
      const leftMs = endOf(request) - clock.wall().getTime();
      if (leftMs > 0) return { againInMs: leftMs };
      try {
        await client.of(certificateSigningRequestKind).delete(request.metadata, { preconditions: { uid: request.metadata.uid }, signal });
      } catch (err) {
        if (!isReason(err, 'NotFound')) throw err; // somebody was faster
      }
      return undefined;
    },
  };
}

function endOf({ metadata, status }: CertificateSigningRequest): number {
  const decided = (status.conditions ?? []).map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? metadata.creationTimestamp));
  const kept = decided.length > 0 ? Math.max(...decided) + KEPT_MS.decided : Date.parse(metadata.creationTimestamp) + KEPT_MS.pending;
  return Math.min(kept, status.certificate ? expiryOf(status.certificate) : Infinity);
}

function expiryOf(certificate: string): number {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime();
  } catch {
    return Infinity; // of another signer, in a form of its own: it goes by its decision
  }
}
