import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { constants, inflateSync } from 'node:zlib';
import { controlFrame, dataFrame, FrameReader, streamIdOf, TYPE } from '../streams/spdy-frames.ts';

export interface FakeSession {
  /** Ids by stream type, in the order of their coming. */
  readonly streams: ReadonlyMap<string, number>;
  /** What came on a stream so far. */
  readonly received: (type: string) => Buffer;
  readonly ended: ReadonlySet<string>;
  readonly send: (type: string, data: string) => void;
  readonly hangUp: () => void;
}

export interface FakeStreamingServer extends AsyncDisposable {
  readonly url: string;
}

/** A runtime's streaming server as far as one command needs it; `script` is run whenever anything has come. */
export async function startFakeStreamingServer(script: (session: FakeSession) => void): Promise<FakeStreamingServer> {
  const sockets: Duplex[] = [];
  const server = createServer();
  server.on('upgrade', (request, socket: Duplex) => {
    sockets.push(socket);
    const protocol = request.headers['x-stream-protocol-version'];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    );
    serve(socket, script);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/token`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function serve(socket: Duplex, script: (session: FakeSession) => void): void {
  const frames = new FrameReader();
  const blocks: Buffer[] = [];
  const streams = new Map<string, number>();
  const received = new Map<number, Buffer[]>();
  const ended = new Set<string>();
  let textBytes = 0;
  const typeOf = (block: Buffer): string => {
    blocks.push(block);
    const text = inflateSync(Buffer.concat(blocks), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(textBytes);
    textBytes += text.length;
    return text.toString('latin1').slice(4 + 4 + 'streamtype'.length + 4);
  };
  const session: FakeSession = {
    streams,
    ended,
    received: type => Buffer.concat(received.get(streams.get(type) ?? 0) ?? []),
    send: (type, data) => void socket.write(dataFrame(streams.get(type) ?? 0, Buffer.from(data), { fin: false })),
    hangUp: () => socket.end(),
  };
  socket.on('data', (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) {
      if (frame.kind === 'data') {
        received.set(frame.streamId, [...(received.get(frame.streamId) ?? []), frame.data]);
        if (frame.fin) ended.add([...streams].find(([, id]) => id === frame.streamId)?.[0] ?? '');
      } else if (frame.type === TYPE.SYN_STREAM) {
        streams.set(typeOf(frame.payload.subarray(10)), streamIdOf(frame.payload));
        socket.write(controlFrame(TYPE.SYN_REPLY, frame.payload.subarray(0, 4)));
      }
    }
    script(session);
  });
}
