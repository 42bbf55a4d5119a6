import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { OPCODE } from '../streams/web-socket-frames.ts';
import { upgrade } from './upgrade.ts';

export interface WebSocketClient {
  readonly protocol: string | undefined;
  readonly socket: Duplex;
  send(message: Buffer): Promise<void>;
  ping(): void;
  /** Resolves once `enough` of what came so far. */
  until(enough: (messages: readonly Buffer[]) => boolean): Promise<readonly Buffer[]>;
  /** Every message until the server closed. */
  readonly closed: Promise<readonly Buffer[]>;
  readonly pongs: number;
}

/** A client as RFC 6455 has it: what it sends is masked. */
export async function connectWebSocket(port: number, path: string, protocol: string): Promise<WebSocketClient> {
  const { status, socket, head, headers, body } = await upgrade(port, path, {
    upgrade: 'websocket',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-version': '13',
    ...(protocol !== '' && { 'sec-websocket-protocol': protocol }),
  });
  if (status !== 101) throw new Error(`${status}: ${body}`);
  const messages: Buffer[] = [];
  const closed = Promise.withResolvers<readonly Buffer[]>();
  let pongs = 0;
  let wake = (): void => {};
  let rest = head;
  const receive = (chunk: Buffer): void => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = first(rest); frame; frame = first(rest)) {
      rest = rest.subarray(frame.end);
      if (frame.opcode === OPCODE.PONG) pongs += 1;
      else if (frame.opcode === OPCODE.CLOSE) closed.resolve(messages);
      else messages.push(frame.payload);
    }
    wake();
  };
  socket.on('data', receive);
  socket.on('end', () => closed.resolve(messages));
  receive(Buffer.alloc(0));
  return {
    protocol: headers['sec-websocket-protocol'],
    socket,
    closed: closed.promise,
    send: message => new Promise(resolve => void socket.write(masked(OPCODE.BINARY, message), () => resolve())),
    ping: () => void socket.write(masked(OPCODE.PING, Buffer.from('hello'))),
    until: async enough => {
      while (!enough(messages)) await new Promise<void>(resolve => (wake = resolve));
      return messages;
    },
    get pongs() {
      return pongs;
    },
  };
}

function first(bytes: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const end = start + length;
  return bytes.length < end ? undefined : { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(start, end), end };
}

export function masked(opcode: number, payload: Buffer, options: { readonly fin?: boolean } = {}): Buffer {
  const mask = randomBytes(4);
  const head = Buffer.alloc(10);
  head.writeUInt8((options.fin === false ? 0 : 0x80) | opcode, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at & 3]!)]);
}
