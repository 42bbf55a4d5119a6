import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StatusError } from '@steersman/status';
import { Metrics, silentLogger } from '@steersman/telemetry';
import type { ContainerQuery, FoundContainer, ServerDeps } from './server-deps.ts';
import type { NodeCall } from './server-deps.ts';
import { type KubeletServer, startServer } from './start-server.ts';
import { certificateFile, clientTls } from './testing/certificates.ts';
import { type FakeSession, startFakeStreamingServer } from './testing/fake-streaming-server.ts';
import { connectWebSocket } from './testing/web-socket-client.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let asked: unknown[];
let logPath: string;
let streamUrl: string;
let kubelet: KubeletServer;
let calls: NodeCall[];
beforeEach(async () => {
  asked = [];
  calls = [];
  const folder = mkdtempSync(join(tmpdir(), 'steersman-kubelet-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  logPath = join(folder, '0.log');
  writeFileSync(logPath, '2026-01-02T03:04:05Z stdout F hello\n');
  const remember = async (query: unknown): Promise<string> => {
    asked.push(query);
    return streamUrl;
  };
  const deps: ServerDeps = {
    cri: { exec: remember, attach: remember, portForward: remember },
    metrics: new Metrics(),
    mayCall: async call => {
      calls.push(call);
      return call.subresource === 'metrics';
    },
    pods: { findContainer, findSandbox: async () => 'sandbox', pods: () => [] },
  };
  const files = { tlsCertFile: certificateFile('server.crt'), tlsKeyFile: certificateFile('server.key') };
  const clientCaFile = certificateFile('test-authority.crt');
  kubelet = await startServer(deps, { host: '127.0.0.1', port: 0, ...files, clientCaFile, log: silentLogger });
  cleanups.push(() => kubelet[Symbol.asyncDispose]());
});

async function findContainer({ container, previous }: ContainerQuery): Promise<FoundContainer> {
  if (container === 'waiting') throw new StatusError('BadRequest', 'container "waiting" in pod "p" is waiting to start: ContainerCreating');
  const running = !previous && container !== 'over';
  const ended = running ? new Promise<void>(() => {}) : Promise.resolve();
  return { containerId: 'c1', podSandboxId: 's1', logPath, running, tty: container === 'terminal', stdin: true, ended };
}

async function get(path: string, tls: Partial<ReturnType<typeof clientTls>>): Promise<IncomingMessage> {
  const client = request({ host: '127.0.0.1', port: kubelet.port, path, agent: false, ...tls }).end();
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  return response;
}

const ask = async (path: string, tls: Partial<ReturnType<typeof clientTls>> = clientTls('master')): Promise<string> => {
  const response = await get(path, tls);
  return `${response.statusCode} ${(await text(response)).trim()}`;
};

describe('startServer', () => {
  it.each<{ name: string; tls: Partial<ReturnType<typeof clientTls>>; want: string }>([
    { name: 'a master', tls: clientTls('master'), want: '200 ok' },
    { name: 'a node', tls: clientTls('node'), want: '403 Forbidden (user=system:node:n2, verb=get, resource=nodes, subresource=healthz)' },
    { name: 'another authority', tls: clientTls('stranger'), want: '401 Unauthorized' },
    { name: 'nobody', tls: { ca: clientTls('master').ca }, want: '401 Unauthorized' },
  ])('knows who asks: $name', async ({ tls, want }) => {
    expect((await ask('/healthz', tls)).slice(0, want.length)).toBe(want);
  });

  it.each([
    { path: '/metrics', want: '200', verb: 'get', subresource: 'metrics' },
    { path: '/pods', want: '403', verb: 'get', subresource: 'pods' },
    { path: '/stats/summary', want: '403', verb: 'get', subresource: 'stats' },
    { path: '/containerLogs/ns/p/main', want: '403', verb: 'get', subresource: 'proxy' },
  ])('asks the API whether others may: $path', async ({ path, want, verb, subresource }) => {
    expect(await ask(path, clientTls('node'))).toMatch(new RegExp(`^${want}`));
    expect(calls).toEqual([{ user: 'system:node:n2', groups: ['system:nodes', 'system:authenticated'], verb, subresource }]);
  });

  it.each([
    { path: '/containerLogs/ns/p/main', want: '200 hello' },
    { path: '/containerLogs/ns/p/main?timestamps=true', want: '200 2026-01-02T03:04:05.000000000Z hello' },
    { path: '/containerLogs/ns/p/over?follow=true', want: '200 hello' },
    { path: '/containerLogs/ns/p/waiting', want: '400 container "waiting" in pod "p" is waiting to start: ContainerCreating' },
    { path: '/containerLogs/ns/p/main?tailLines=x', want: '400 tailLines: "x" is not a whole number' },
    { path: '/exec/ns/p/u/main?command=true&output=1', want: '400 you must upgrade the connection, to SPDY/3.1 or WebSocket' },
    { path: '/pods', want: '200 {"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}' },
    { path: '/nothing', want: '404 404 page not found' },
    { path: '/containerLogs/ns/p', want: '404 404 page not found' },
  ])('answers $path', async ({ path, want }) => {
    expect(await ask(path)).toBe(want);
  });

  it('shows a log as it is written', async () => {
    const response = await get('/containerLogs/ns/p/main?follow=true&tailLines=0', clientTls('master'));
    appendFileSync(logPath, '2026-01-02T03:04:06Z stdout F more\n');
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString('utf8')).toBe('more\n');
    response.destroy();
  });
});

describe('exec', () => {
  /** The messages a WebSocket client gets while the runtime plays `script`. */
  async function messages(path: string, script: (session: FakeSession) => void, input: readonly Buffer[] = []): Promise<readonly string[]> {
    const runtime = await startFakeStreamingServer(script);
    cleanups.push(() => runtime[Symbol.asyncDispose]());
    streamUrl = runtime.url;
    const client = await connectWebSocket(kubelet.port, path, 'v5.channel.k8s.io');
    for (const message of input) await client.send(message);
    return (await client.closed).map(message => `${message[0]}${message.toString('utf8', 1)}`);
  }

  it('asks the runtime for what the client asked for', async () => {
    const path = '/exec/ns/p/u/main?command=a&command=b%20c&input=1&output=1&error=1';
    await messages(path, session => session.streams.size === 4 && session.hangUp());
    expect(asked).toEqual([{ containerId: 'c1', cmd: ['a', 'b c'], stdin: true, stdout: true, stderr: true, tty: false }]);
  });

  it('attaches with the terminal the container has', async () => {
    await messages('/attach/ns/p/u/terminal?input=1&output=1&error=1', ({ streams, hangUp }) => streams.has('resize') && hangUp());
    expect(asked).toEqual([{ containerId: 'c1', stdin: true, stdout: true, stderr: false, tty: true }]);
  });

  it('carries output, input and its end, and the verdict', async () => {
    const script = ({ received, ended, send, hangUp }: FakeSession): void => {
      if (!ended.has('stdin')) return;
      send('stdout', received('stdin').toString('utf8').toUpperCase());
      send('error', '{"status":"Success"}');
      hangUp();
    };
    const input = [Buffer.from('\x00in'), Buffer.from('\x00put'), Buffer.of(255, 0)];
    expect(await messages('/exec/ns/p/u/main?command=a&input=1&output=1', script, input)).toEqual(['1', '1INPUT', '3{"status":"Success"}']);
  });

  it('says that the runtime went away in the middle', async () => {
    const got = await messages('/exec/ns/p/u/main?command=a&output=1', ({ streams, hangUp }) => streams.size === 2 && hangUp());
    expect(got.at(-1)).toMatch(/^3\{.*"status":"Failure","message":"the container runtime ended the connection/);
  });
});
