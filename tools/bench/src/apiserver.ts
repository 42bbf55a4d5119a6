import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from './benchmark.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Program, startProgram } from './program.ts';
import { RestConnection } from './rest-connection.ts';

const CREATED = 201;
const CONFLICT = 409;

/** A real API server: its own process, its own store, TLS. */
export interface Apiserver extends Program {
  readonly port: number;
  readonly grpcPort: number;
  readonly certificates: Certificates;
}

export interface ApiserverOptions {
  readonly flags?: readonly string[];
  /** Of an earlier start; made unless given. */
  readonly certificates?: Certificates;
}

/** Resolves when it is ready, and pods can be made. Started again in the same scratch folder it has the objects of before. */
export async function startApiserver(
  { scratch }: Pick<BenchContext, 'scratch'>,
  { flags = [], certificates = makeCertificates(scratch) }: ApiserverOptions = {},
): Promise<Apiserver> {
  const dir = join(scratch, 'apiserver');
  mkdirSync(dir, { recursive: true });
  const { caFile, certFile, keyFile, adminCertFile, adminKeyFile } = certificates;
  const { program, facts } = await startProgram({
    app: 'apiserver',
    scratch,
    flags: [
      ...['--data-dir', dir, '--secure-port', '0', '--grpc-port', '0', '--tls-cert-file', certFile, '--tls-key-file', keyFile],
      ...['--client-ca-file', caFile, '--kubelet-client-cert-file', adminCertFile, '--kubelet-client-key-file', adminKeyFile],
      ...['--kubelet-ca-file', caFile, ...flags],
    ],
    factsIn: ({ message, securePort, grpcPort }) =>
      message === 'ready' ? { port: Number(securePort), grpcPort: Number(grpcPort) } : undefined,
  });
  const apiserver = { ...program, ...facts, certificates };
  await makeServiceAccount(apiserver);
  return apiserver;
}

/** Pods are refused as long as there is none; with no controllers running nobody else makes it. */
async function makeServiceAccount(apiserver: Apiserver): Promise<void> {
  using client = await RestConnection.open(apiserver);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  const { code, body } = await client.ask('POST', '/api/v1/namespaces/default/serviceaccounts', Buffer.from(JSON.stringify(account)));
  if (![CREATED, CONFLICT].includes(code)) throw new Error(`no service account: ${body.toString()}`);
}
