import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from './testing/transports.ts';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server[Symbol.asyncDispose]());

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly annotations?: object };
    readonly code?: number;
  };
}

const PATH = '/api/v1/namespaces/default/configmaps';
const tls = (): object => ({
  ca: readFileSync(server.files.caFile),
  cert: readFileSync(server.files.certFile),
  key: readFileSync(server.files.keyFile),
});

async function create(name: string): Promise<string> {
  const asked = { verb: 'create', resource: 'configmaps', namespace: 'default', body: { metadata: { name } } } as const;
  return ((await server.transports.handle(asked)).body['metadata'] as { resourceVersion: string }).resourceVersion;
}

/** The events of a watch, each as soon as it comes. */
async function* watch(options: Readonly<Record<string, string>>): AsyncGenerator<WatchEvent> {
  const path = `${PATH}?${new URLSearchParams({ watch: 'true', timeoutSeconds: '30', ...options }).toString()}`;
  const request = httpsRequest({ host: '127.0.0.1', port: server.port, path, agent: false, ...tls() });
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => request.on('response', resolve).on('error', reject).end());
  const lines = createInterface({ input: response });
  lines.on('error', () => {}); // the answer to our own destroy
  try {
    for await (const line of lines) yield JSON.parse(line) as WatchEvent;
  } finally {
    request.destroy();
  }
}

async function take(events: AsyncGenerator<WatchEvent>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const { type, object } of events) {
    seen.push(`${type} ${object.metadata?.name ?? object.kind}`);
    if (seen.length === count) break;
  }
  return seen;
}

describe('a watch', () => {
  it('goes on after the version it is given', async () => {
    const version = await create('first');
    const events = take(watch({ resourceVersion: version }), 2);
    await create('second');
    await server.transports.handle({ verb: 'delete', resource: 'configmaps', namespace: 'default', name: 'first' });
    expect(await events).toEqual(['ADDED second', 'DELETED first']);
  });

  it('sends the state first, and marks its end', async () => {
    await create('there');
    const options = {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
      fieldSelector: 'metadata.name=there',
    };
    for await (const { type, object } of watch(options)) {
      if (type !== 'BOOKMARK') continue;
      expect(object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
      break;
    }
  });

  it('ends when its time is over, with a bookmark before', async () => {
    expect(await take(watch({ timeoutSeconds: '1', fieldSelector: 'metadata.name=nobody' }), 1)).toEqual([]);
  });

  it.each([
    { name: 'without a sub-protocol', protocols: [], want: '' },
    {
      name: 'as browsers ask',
      protocols: ['base64url.bearer.authorization.k8s.io.x', 'base64.binary.k8s.io'],
      want: 'base64.binary.k8s.io',
    },
  ])('comes over WebSocket $name', async ({ protocols, want }) => {
    const name = `ws-${want.length}`;
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}${PATH}?watch=1&fieldSelector=metadata.name%3D${name}`, protocols, tls());
    const message = new Promise<string>((resolve, reject) => {
      socket.on('message', (data: Buffer, isBinary) => (isBinary ? reject(new Error('a binary frame')) : resolve(data.toString())));
      socket.on('error', reject);
      socket.on('open', () => void create(name));
    });
    expect(JSON.parse(await message)).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name } } });
    expect(socket.protocol).toBe(want);
    socket.terminate();
  });
});
