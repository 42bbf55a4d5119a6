import { deadline } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import { Channel, socketCredentials } from '@steersman/rpc';
import { isReason } from '@steersman/status';
import type { Container, Probe } from '@steersman/types';
import { messageOf } from '../start-error.ts';
import { loadHealthService } from './grpc-health.ts';
import { httpGetOf, tcpConnect } from './run-hook.ts';

export interface ProbeDeps {
  readonly cri: Pick<Cri, 'execSync'>;
  readonly containerId: string;
  readonly container: Container;
  readonly ip: string;
  readonly signal: AbortSignal;
}

/** What a probe has found; `output` is shown in the event of a failure. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly output: string;
}

export async function runProbe(probe: Probe, deps: ProbeDeps): Promise<ProbeResult> {
  using within = deadline((probe.timeoutSeconds ?? 1) * 1000, deps.signal);
  try {
    return await attempt(probe, { ...deps, signal: within.signal });
  } catch (err) {
    deps.signal.throwIfAborted();
    return { ok: false, output: within.signal.aborted || isReason(err, 'Timeout') ? timedOut(probe) : messageOf(err) };
  }
}

async function attempt({ exec, httpGet, tcpSocket, grpc, timeoutSeconds = 1 }: Probe, deps: ProbeDeps): Promise<ProbeResult> {
  const { cri, containerId, container, ip, signal } = deps;
  if (exec) {
    const { exitCode, stdout, stderr } = await cri.execSync(containerId, exec.command ?? [], timeoutSeconds, { signal });
    return { ok: exitCode === 0, output: `${stdout.toString()}${stderr.toString()}` };
  }
  if (httpGet) {
    const { status } = await httpGetOf(httpGet, { container, ip, signal });
    return { ok: status >= 200 && status < 400, output: `HTTP probe failed with statuscode: ${status}` };
  }
  if (tcpSocket) await tcpConnect(tcpSocket, { container, ip, signal });
  if (grpc) return await grpcHealth(`${ip}:${grpc.port}`, grpc.service ?? '', signal);
  return { ok: true, output: '' };
}

async function grpcHealth(address: string, service: string, signal: AbortSignal): Promise<ProbeResult> {
  using channel = new Channel({ address, credentials: socketCredentials() });
  const { status } = await channel.unary(loadHealthService().methods.Check, { service }, { signal });
  return { ok: status === 'SERVING', output: `service unhealthy (responded with "${status}")` };
}

const timedOut = ({ timeoutSeconds = 1, exec }: Probe): string =>
  exec
    ? `command timed out: "${(exec.command ?? []).join(' ')}" timed out after ${timeoutSeconds}s`
    : `context deadline exceeded (no answer within ${timeoutSeconds}s)`;
