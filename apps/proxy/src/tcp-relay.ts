import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { backoffMs } from '@steersman/async';
import { isOutOfFiles, type Relay, type RelayDeps } from './relay.ts';

/** How long a connection waits for a backend that takes it. */
const CONNECT_MS = 10_000;
const BACKOFF = { firstMs: 20, factor: 2, maxMs: 500 };

/**
 * A real proxy: two connections for each. When descriptors run out, new connections wait and dialling is tried again, so that
 * it gets slower; the listener stays, and all goes on as soon as others have ended.
 */
export async function tcpRelay(deps: RelayDeps): Promise<Relay> {
  const { log, slots } = deps;
  const sockets = new Set<Socket>();
  const stop = new AbortController();
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const serve = async (client: Socket): Promise<void> => {
    hold(client);
    client.on('error', () => {}); // 'close' comes too
    const release = await slots.take();
    client.once('close', release);
    if (client.destroyed) return release();
    const backend = await dial(client, deps, stop.signal);
    if (!backend) {
      client.resetAndDestroy();
      return;
    }
    hold(backend);
    splice(client, backend);
  };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, client => void serve(client));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '::', resolve));
  server.removeAllListeners('error').on('error', err => log.warn('connection not accepted', { err }));
  return {
    port: (server.address() as AddressInfo).port,
    retire: () => new Promise(resolve => server.close(() => resolve())),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function splice(client: Socket, backend: Socket): void {
  client.once('close', () => backend.destroy());
  backend.once('close', () => client.destroy()).on('error', () => client.resetAndDestroy());
  client.pipe(backend);
  backend.pipe(client);
}

/** A connection to the first backend that answers, in the client's turn; undefined when time is up or the client has gone. */
async function dial(client: Socket, { picker, clock, log }: RelayDeps, signal: AbortSignal): Promise<Socket | undefined> {
  const startMs = clock.now();
  for (let failed = 1; clock.now() - startMs < CONNECT_MS && !client.destroyed; failed++) {
    const backend = picker.pick(client.remoteAddress ?? '');
    if (!backend) return undefined;
    try {
      return await connected(backend.address, backend.port);
    } catch (err) {
      log[isOutOfFiles(err) ? 'warn' : 'debug']('backend not reached', { err, backend: backend.address, port: backend.port });
      await clock.sleep(backoffMs(failed, BACKOFF), signal).catch(() => {}); // the abort destroys the client
    }
  }
  return undefined;
}

const connected = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.once('error', reject).once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
