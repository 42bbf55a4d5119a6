import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type ContainerStatus, type PodSandboxConfig } from '@steersman/cri';
import { BOX_IMAGE, type Containerd, startContainerd } from '@steersman/cri/testing';
import { StatusError } from '@steersman/status';
import { Metrics, silentLogger } from '@steersman/telemetry';
import type { FoundContainer } from './server-deps.ts';
import { type KubeletServer, startServer } from './start-server.ts';
import { SpdyConnection } from './streams/spdy-connection.ts';
import { certificateFile } from './testing/certificates.ts';
import { upgrade } from './testing/upgrade.ts';
import { connectWebSocket, type WebSocketClient } from './testing/web-socket-client.ts';

let containerd: Containerd;
let kubelet: KubeletServer;
let sandboxConfig: PodSandboxConfig;
let sandboxId: string;
const containers = new Map<string, { readonly id: string; readonly tty: boolean; readonly stdin: boolean }>();

async function findContainer({ container }: { readonly container: string }): Promise<FoundContainer> {
  const found = containers.get(container);
  if (!found) throw new StatusError('BadRequest', `container ${JSON.stringify(container)} in pod "p" is not available`);
  const status: ContainerStatus = await containerd.cri.containerStatus(found.id);
  const running = status.state === 'CONTAINER_RUNNING';
  const { tty, stdin } = found;
  const ended = running ? new Promise<void>(() => {}) : Promise.resolve();
  return { containerId: found.id, podSandboxId: sandboxId, logPath: status.logPath, running, tty, stdin, ended };
}

async function run(name: string, script: string, { tty = false, stdin = false } = {}): Promise<void> {
  const config = {
    metadata: { name, attempt: 0 },
    image: { image: BOX_IMAGE },
    command: ['/bin/sh', '-c', script],
    logPath: `${name}.log`,
    tty,
    stdin,
  };
  const id = await containerd.cri.createContainer(sandboxId, config, sandboxConfig);
  await containerd.cri.startContainer(id);
  containers.set(name, { id, tty, stdin });
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

let webPort: number;
beforeAll(async () => {
  containerd = await startContainerd();
  mkdirSync(join(containerd.folder, 'logs'));
  sandboxConfig = {
    metadata: { name: 'p', uid: 'u1', namespace: 'ns', attempt: 0 },
    logDirectory: join(containerd.folder, 'logs'),
    linux: { cgroupParent: containerd.cgroupParent, securityContext: { namespaceOptions: { network: 'NODE' } } },
  };
  sandboxId = await containerd.cri.runPodSandbox(sandboxConfig, '');
  webPort = await freePort();
  await run('main', `echo served > /tmp/index.html; exec httpd -f -p 127.0.0.1:${webPort} -h /tmp`);
  await run('shell', 'while read line; do echo "got $line"; done; exit 4', { stdin: true });
  const pods = { findContainer, findSandbox: async () => sandboxId, pods: () => [] };
  kubelet = await startServer(
    { cri: containerd.cri, metrics: new Metrics(), mayCall: async () => false, pods },
    {
      host: '127.0.0.1',
      port: 0,
      tlsCertFile: certificateFile('server.crt'),
      tlsKeyFile: certificateFile('server.key'),
      clientCaFile: certificateFile('test-authority.crt'),
      log: silentLogger,
    },
  );
}, 60_000);
afterAll(async () => {
  await kubelet?.[Symbol.asyncDispose]();
  await containerd?.[Symbol.asyncDispose]();
}, 60_000);

const STREAMS = 'output=1&error=1';

/** The path of `exec` in the main container. */
const execPath = (command: readonly string[], streams = STREAMS): string =>
  `/exec/ns/p/u1/main?${streams}&${command.map(part => `command=${encodeURIComponent(part)}`).join('&')}`;

/** What came on one channel, of binary messages. */
const channel = (messages: readonly Buffer[], number: number): Buffer =>
  Buffer.concat(messages.filter(([first]) => first === number).map(message => message.subarray(1)));

const verdict = (messages: readonly Buffer[]): unknown => JSON.parse(channel(messages, 3).toString('utf8'));
const SUCCESS = { status: 'Success' };
const failed = (code: number) => ({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
});

const toStdin = (client: WebSocketClient, data: Buffer): Promise<void> => client.send(Buffer.concat([Buffer.of(0), data]));

/** What runs in the main container. */
async function processes(): Promise<string> {
  const { stdout } = await containerd.cri.execSync(containers.get('main')!.id, ['ps'], 10);
  return stdout.toString('utf8');
}

describe('exec over WebSocket', () => {
  it.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('carries output and the exit code with %s', async protocol => {
    const client = await connectWebSocket(kubelet.port, execPath(['sh', '-c', 'echo out; echo err >&2; exit 3']), protocol);
    const messages = await client.closed;
    expect(client.protocol).toBe(protocol);
    expect(channel(messages, 1).toString('utf8')).toBe('out\n');
    expect(channel(messages, 2).toString('utf8')).toBe('err\n');
    expect(verdict(messages)).toMatchObject(failed(3));
  });

  it('tells older clients of a failure as text, and nothing of success', async () => {
    const path = (code: number): string => execPath(['sh', '-c', `echo out; exit ${code}`]);
    const good = await (await connectWebSocket(kubelet.port, path(0), '')).closed;
    const bad = await (await connectWebSocket(kubelet.port, path(3), '')).closed;
    expect(channel(good, 3).toString('utf8')).toBe('');
    expect(channel(bad, 3).toString('utf8')).toContain('exit code 3');
    const base64 = await (await connectWebSocket(kubelet.port, path(0), 'base64.channel.k8s.io')).closed;
    expect(base64.map(String)).toEqual(['1', `1${Buffer.from('out\n').toString('base64')}`]);
  });

  it('carries input far larger than any window, its end, and the output back', async () => {
    const size = 4 * 1024 * 1024;
    const client = await connectWebSocket(kubelet.port, execPath(['cat'], `input=1&${STREAMS}`), 'v5.channel.k8s.io');
    const sent = Buffer.alloc(size, 'steersman');
    for (let from = 0; from < size; from += 32_768) await toStdin(client, sent.subarray(from, from + 32_768));
    await client.send(Buffer.of(255, 0));
    const messages = await client.closed;
    expect(channel(messages, 1).equals(sent)).toBe(true);
    expect(verdict(messages)).toMatchObject(SUCCESS);
  });

  it('loses nothing when the client reads slowly', async () => {
    const size = 8 * 1024 * 1024;
    const client = await connectWebSocket(kubelet.port, execPath(['head', '-c', String(size), '/dev/zero']), 'v5.channel.k8s.io');
    client.socket.pause();
    while (!(await processes()).includes(`head -c ${size}`)) await new Promise(setImmediate);
    client.socket.resume();
    const messages = await client.closed;
    expect(channel(messages, 1)).toHaveLength(size);
    expect(verdict(messages)).toMatchObject(SUCCESS);
  });

  it('gives a terminal its size', async () => {
    const script = 'until size=$(stty size 2>/dev/null); [ -n "$size" ]; do sleep 0.05; done; echo $size; exit 6';
    const client = await connectWebSocket(kubelet.port, execPath(['sh', '-c', script], 'output=1&tty=1'), 'v5.channel.k8s.io');
    await client.send(Buffer.concat([Buffer.of(4), Buffer.from(JSON.stringify({ Width: 123, Height: 45 }))]));
    const messages = await client.closed;
    expect(channel(messages, 1).toString('utf8')).toBe('45 123\r\n');
    expect(verdict(messages)).toMatchObject(failed(6));
  });

  it('answers pings while a command runs, and ends the command input when the client goes', async () => {
    const client = await connectWebSocket(kubelet.port, execPath(['cat'], 'input=1&output=1'), 'v5.channel.k8s.io');
    client.ping();
    await toStdin(client, Buffer.from('x'));
    await client.until(messages => channel(messages, 1).toString('utf8') === 'x');
    expect(client.pongs).toBe(1);
    client.socket.destroy();
    while (/ cat$/m.test(await processes())) await new Promise(setImmediate);
  });

  it('refuses what cannot be, as text', async () => {
    const ask = (path: string) => connectWebSocket(kubelet.port, path, 'v5.channel.k8s.io');
    await expect(ask(execPath(['true'], ''))).rejects.toThrow('400: you must specify at least 1 of stdin, stdout, stderr');
    await expect(ask('/exec/ns/p/u1/none?output=1&command=true')).rejects.toThrow('400: container "none" in pod "p" is not available');
    await expect(connectWebSocket(kubelet.port, execPath(['true']), 'v9.channel.k8s.io')).rejects.toThrow('400: unable to upgrade');
    const missing = await (await ask(execPath(['/bin/missing']))).closed;
    expect(verdict(missing)).toMatchObject({ status: 'Failure', message: expect.stringContaining('/bin/missing') });
  });
});

describe('attach', () => {
  it('joins a running container, and sees its end', async () => {
    const client = await connectWebSocket(kubelet.port, `/attach/ns/p/u1/shell?input=1&${STREAMS}`, 'v5.channel.k8s.io');
    await toStdin(client, Buffer.from('hello\n'));
    const messages = await client.until(seen => channel(seen, 1).toString('utf8') === 'got hello\n');
    expect(channel(messages, 2)).toHaveLength(0);
    await containerd.cri.stopContainer(containers.get('shell')!.id, 0);
    await client.closed;
    const again = connectWebSocket(kubelet.port, `/attach/ns/p/u1/shell?${STREAMS}`, 'v5.channel.k8s.io');
    await expect(again).rejects.toThrow('500: container not found ("shell")');
  });
});

/** A SPDY client whose streams can be awaited whole. */
async function connectSpdy(path: string, protocol: string) {
  const answer = await upgrade(kubelet.port, path, { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol });
  if (answer.status !== 101) throw new Error(`${answer.status}: ${answer.body}`);
  const spdy = new SpdyConnection(answer.socket, answer.head);
  const open = async (headers: Readonly<Record<string, string>>) => {
    const received: Buffer[] = [];
    const whole = Promise.withResolvers<Buffer>();
    const stream = await spdy.open(headers, {
      onData: data => received.push(data) > 0,
      onEnd: () => whole.resolve(Buffer.concat(received)),
    });
    return { ...stream, whole: whole.promise };
  };
  return { spdy, open, headers: answer.headers };
}

describe('SPDY clients', () => {
  it('run commands', async () => {
    const client = await connectSpdy(execPath(['cat'], 'input=1&output=1'), 'v4.channel.k8s.io, v3.channel.k8s.io');
    expect(client.headers).toMatchObject({ upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' });
    const [error, stdin, stdout] = await Promise.all(['error', 'stdin', 'stdout'].map(streamtype => client.open({ streamtype })));
    const sent = Buffer.alloc(256 * 1024, 'steersman');
    stdin!.write(sent);
    stdin!.end();
    expect((await stdout!.whole).equals(sent)).toBe(true);
    expect(JSON.parse((await error!.whole).toString('utf8'))).toMatchObject(SUCCESS);
    await client.spdy.closed;
  });

  it('forward ports, several connections at a time', async () => {
    const client = await connectSpdy('/portForward/ns/p/u1', 'portforward.k8s.io');
    const get = async (requestid: string): Promise<string> => {
      const at = { port: String(webPort), requestid };
      const error = await client.open({ ...at, streamtype: 'error' });
      const data = await client.open({ ...at, streamtype: 'data' });
      error.end();
      data.write(Buffer.from('GET / HTTP/1.0\r\n\r\n'));
      expect((await error.whole).toString('utf8')).toBe('');
      return (await data.whole).toString('utf8');
    };
    for (const answer of await Promise.all(['0', '1', '2'].map(get))) expect(answer).toMatch(/served\n$/);
    client.spdy[Symbol.dispose]();
  });

  it('read why they are refused', async () => {
    await expect(connectSpdy('/exec/ns/p/u1/none?output=1', 'v4.channel.k8s.io')).rejects.toThrow('400: container "none"');
  });
});

describe('port-forward over WebSocket', () => {
  it('gives a port of the query two channels', async () => {
    const client = await connectWebSocket(kubelet.port, `/portForward/ns/p/u1?ports=${webPort}`, 'v4.channel.k8s.io');
    await toStdin(client, Buffer.from('GET / HTTP/1.0\r\n\r\n'));
    const messages = await client.until(seen => channel(seen, 0).toString('utf8').endsWith('served\n'));
    expect([0, 1].map(number => channel(messages, number).readUInt16LE(0))).toEqual([webPort, webPort]);
    client.socket.destroy();
  });

  it('passes SPDY frames in a tunnel', async () => {
    const client = await connectWebSocket(kubelet.port, '/portForward/ns/p/u1', 'SPDY/3.1+portforward.k8s.io');
    expect(client.protocol).toBe('SPDY/3.1+portforward.k8s.io');
    const ping = Buffer.from('800300060000000400000001', 'hex');
    await client.send(ping.subarray(0, 5));
    await client.send(ping.subarray(5));
    const answer = await client.until(messages => Buffer.concat(messages).length >= ping.length);
    expect(Buffer.concat(answer)).toEqual(ping);
    client.socket.destroy();
  });
});
