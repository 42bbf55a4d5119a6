import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isOutOfFiles, type Relay, type RelayDeps } from './relay.ts';

/** A flow that has been quiet for so long is over. */
const IDLE_MS = 60_000;

interface Flow {
  readonly socket: Socket;
  timer: NodeJS.Timeout;
}

/** Each client has a socket of its own towards its backend, so that answers find back. */
export async function udpRelay({ picker, slots, log }: RelayDeps): Promise<Relay> {
  const front = createSocket({ type: 'udp6' });
  const flows = new Map<string, Promise<Flow | undefined>>();

  const open = async (key: string, { address, port }: RemoteInfo): Promise<Flow | undefined> => {
    const backend = picker.pick(address);
    if (!backend) return undefined;
    const release = await slots.take();
    const socket = createSocket(backend.address.includes(':') ? 'udp6' : 'udp4');
    const end = (): void => {
      flows.delete(key);
      release();
      socket
        .removeAllListeners()
        .on('error', () => {})
        .close();
    };
    const { promise, resolve } = Promise.withResolvers<Flow | undefined>();
    socket.once('error', err => {
      log[isOutOfFiles(err) ? 'warn' : 'debug']('backend not reached', { err, backend: backend.address });
      end();
      resolve(undefined);
    });
    socket.on('message', data => front.send(data, port, address));
    socket.connect(backend.port, backend.address, () => resolve({ socket, timer: setTimeout(end, IDLE_MS).unref() }));
    return promise;
  };
  front.on('message', (data, from) => {
    const key = `${from.address} ${from.port}`;
    const flow = flows.get(key) ?? open(key, from);
    flows.set(key, flow);
    void flow.then(found => {
      if (!found) flows.delete(key);
      found?.timer.refresh();
      found?.socket.send(data);
    });
  });
  await new Promise<void>((resolve, reject) => front.once('error', reject).bind(0, '::', resolve));
  front.removeAllListeners('error').on('error', err => log.warn('datagram not passed on', { err }));
  const close = async (): Promise<void> => {
    front.close();
    for (const flow of await Promise.all(flows.values())) {
      clearTimeout(flow?.timer);
      flow?.socket.close();
    }
  };
  let closed: Promise<void> | undefined;
  return {
    port: front.address().port,
    retire: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
