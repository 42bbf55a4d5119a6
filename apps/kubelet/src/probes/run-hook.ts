import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Clock } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import type { Container, HTTPGetAction, LifecycleHandler, TCPSocketAction } from '@steersman/types';

export interface HookDeps {
  readonly cri: Pick<Cri, 'execSync'>;
  readonly containerId: string;
  readonly container: Container;
  /** Of the pod; what is asked for without a host of its own. */
  readonly ip: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs a lifecycle hook to its end; throws why it failed. */
export async function runHook({ exec, httpGet, tcpSocket, sleep }: LifecycleHandler, deps: HookDeps): Promise<void> {
  const { cri, containerId, container, ip, clock, signal } = deps;
  if (exec) {
    const { exitCode, stdout, stderr } = await cri.execSync(containerId, exec.command ?? [], 0, { signal });
    if (exitCode !== 0)
      throw new Error(`command '${(exec.command ?? []).join(' ')}' exited with ${exitCode}: ${stderr.toString()}${stdout.toString()}`);
  } else if (httpGet) {
    const { status } = await httpGetOf(httpGet, { container, ip, signal });
    if (status >= 400) throw new Error(`HTTP status ${status}`);
  } else if (tcpSocket) await tcpConnect(tcpSocket, { container, ip, signal });
  else if (sleep) await clock.sleep(sleep.seconds * 1000, signal);
}

export interface Reach {
  readonly container: Container;
  readonly ip: string;
  readonly signal: AbortSignal;
}

/** Certificates are not verified, as the kubelet knows no authority for them; the first 10 KB of the answer. */
export async function httpGetOf(
  { scheme = 'HTTP', host, port, path = '/', httpHeaders = [] }: HTTPGetAction,
  { container, ip, signal }: Reach,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = Object.fromEntries([
    ['user-agent', 'kube-probe/1.36'],
    ['accept', '*/*'],
    ...httpHeaders.map(header => [header.name, header.value] as const),
  ]);
  const options = {
    host: host ?? ip,
    port: portOf(port, container),
    path: path.startsWith('/') ? path : `/${path}`,
    headers,
    signal,
    agent: false,
  };
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: string }>();
  const call = scheme === 'HTTPS' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  call.on('error', reject).on('response', answer => {
    let body = '';
    const done = (): void => resolve({ status: answer.statusCode ?? 0, body });
    answer
      .setEncoding('utf8')
      .on('data', (text: string) => {
        body += text;
        if (body.length > 10_240) answer.destroy();
      })
      .on('error', done)
      .on('close', done);
  });
  call.end();
  return await promise;
}

export async function tcpConnect({ host, port }: TCPSocketAction, { container, ip, signal }: Reach): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: host ?? ip, port: portOf(port, container), signal });
  socket.on('connect', resolve).on('error', reject);
  try {
    await promise;
  } finally {
    socket.destroy();
  }
}

function portOf(port: number | string, { ports = [] }: Container): number {
  const found = typeof port === 'number' ? port : (ports.find(({ name }) => name === port)?.containerPort ?? Number(port));
  if (!Number.isInteger(found) || found < 1 || found > 65_535) throw new Error(`couldn't find port "${port}"`);
  return found;
}
