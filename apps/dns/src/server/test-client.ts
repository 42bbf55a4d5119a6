import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Decoded, decoded } from '../test-builders.ts';

/** Sends one message over UDP and reads one back. */
export async function askUdp(port: number, message: Buffer): Promise<Decoded> {
  const socket = createSocket('udp4');
  try {
    const received = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(message, port, '127.0.0.1');
    return decoded((await received)[0]);
  } finally {
    socket.close();
  }
}

export const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};

/** Sends chunks over one connection and reads as many messages; fewer when the server closes. */
export async function askTcp(port: number, chunks: readonly Buffer[], wanted: number): Promise<readonly Decoded[]> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    for (const chunk of chunks) {
      socket.write(chunk);
      await new Promise(resolve => setImmediate(resolve)); // each in a segment of its own
    }
    return await readMessages(socket, wanted);
  } finally {
    socket.destroy();
  }
}

async function readMessages(socket: AsyncIterable<Buffer>, wanted: number): Promise<readonly Decoded[]> {
  const messages: Decoded[] = [];
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      messages.push(decoded(pending.subarray(2, end)));
      pending = pending.subarray(end);
    }
    if (messages.length >= wanted) break;
  }
  return messages;
}
