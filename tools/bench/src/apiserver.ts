import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Certificates, makeCertificates } from './certificates.ts';
import type { BenchContext } from './benchmark.ts';

const MAIN = resolve(import.meta.dirname, '../../../apps/apiserver/src/main.ts');

/** A real API server: its own process, its own store, TLS. */
export interface Apiserver extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly certificates: Certificates;
  /** Seconds of CPU it has used so far. */
  cpuSeconds(): number;
  /** Bytes of memory it holds now. */
  residentBytes(): number;
}

/** Resolves when it is ready. STEERSMAN_BENCH_NODE_ARGS goes to its Node, --cpu-prof for example. */
export async function startApiserver({ scratch }: Pick<BenchContext, 'scratch'>, flags: readonly string[] = []): Promise<Apiserver> {
  const dir = join(scratch, 'apiserver');
  mkdirSync(dir, { recursive: true });
  const certificates = makeCertificates(scratch);
  const { caFile, certFile, keyFile, adminCertFile, adminKeyFile } = certificates;
  const nodeArgs = (process.env['STEERSMAN_BENCH_NODE_ARGS'] ?? '').split(' ').filter(arg => arg !== '');
  const child = spawn(
    process.execPath,
    [
      ...nodeArgs,
      MAIN,
      ...['--data-dir', dir, '--secure-port', '0', '--grpc-port', '0', '--tls-cert-file', certFile, '--tls-key-file', keyFile],
      ...['--client-ca-file', caFile, '--kubelet-client-cert-file', adminCertFile, '--kubelet-client-key-file', adminKeyFile],
      ...['--kubelet-ca-file', caFile, ...flags],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  const logFile = createWriteStream(join(scratch, 'apiserver.log'));
  const port = await new Promise<number>((ready, fail) => {
    createInterface({ input: child.stderr }).on('line', line => {
      logFile.write(`${line}\n`);
      const found = readyPort(line);
      if (found !== undefined) ready(found);
    });
    void ended.then(([code]) =>
      fail(new Error(`the apiserver ended with ${String(code)}:\n${readFileSync(join(scratch, 'apiserver.log'), 'utf8')}`)),
    );
  });
  const pid = child.pid ?? 0;
  return {
    port,
    pid,
    certificates,
    cpuSeconds: () => cpuSecondsOf(pid),
    residentBytes: () => residentBytesOf(pid),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      logFile.end();
    },
  };
}

function readyPort(line: string): number | undefined {
  if (!line.includes('"ready"')) return undefined;
  const { securePort } = JSON.parse(line) as { securePort?: number };
  return securePort;
}

/** Fields 14 and 15 of proc(5) stat, in ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentBytesOf(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
