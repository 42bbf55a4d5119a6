import { readFileSync } from 'node:fs';
import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { ConfigError } from '@steersman/config';
import type { Controller } from '@steersman/controller';
import { type Certifier, readCertifier } from '@steersman/pki';
import type { Informers } from '../informers.ts';
import { askApi, csrApproverController } from './csr-approver.controller.ts';
import { csrCleanerController } from './csr-cleaner.controller.ts';
import { csrSignerController } from './csr-signer.controller.ts';

export interface CertificateSettings {
  readonly clusterSigningCertFile: string;
  readonly clusterSigningKeyFile: string;
  readonly clusterSigningDuration: number;
}

export interface CertificateDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
  /** Undefined where another program signs. */
  readonly certifier: Certifier | undefined;
  readonly lifetimeMs: number;
}

/** Approves, signs and cleans up certificate requests. */
export const certificateControllers = ({ certifier, lifetimeMs, ...deps }: CertificateDeps): readonly Controller[] => [
  csrApproverController({ ...deps, mayRequest: askApi(deps.client) }),
  csrCleanerController(deps),
  ...(certifier ? [csrSignerController({ ...deps, certifier, lifetimeMs })] : []),
];

/** The authority to sign with; undefined when none is configured. Throws ConfigError for files that cannot be used. */
export function loadCertifier({
  clusterSigningCertFile: certFile,
  clusterSigningKeyFile: keyFile,
}: CertificateSettings): Certifier | undefined {
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '')
    throw new ConfigError(['--cluster-signing-cert-file and --cluster-signing-key-file are needed together']);
  try {
    return readCertifier({ certPem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') });
  } catch (err) {
    throw new ConfigError([`--cluster-signing-cert-file ${certFile}: ${(err as Error).message}`]);
  }
}
