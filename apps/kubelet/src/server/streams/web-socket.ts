import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { StatusError } from '@steersman/status';
import { onDrain } from './on-drain.ts';
import type { Upgrade } from './pass-spdy.ts';
import { OPCODE, type WebSocketFrame, webSocketFrame, WebSocketFrameReader } from './web-socket-frames.ts';

/** RFC 6455, section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** How long a client may take to close its side. */
const CLOSE_MS = 10_000;
const NORMAL_CLOSURE = 1000;
const PROTOCOL_ERROR = 1002;

export interface WebSocketHandlers {
  readonly onMessage: (message: Buffer) => void;
  /** The client is gone, or has said that it goes. */
  readonly onClose: () => void;
}

/** The server's side of one connection. */
export class WebSocket {
  readonly onDrain: (listener: () => void) => void;
  readonly #socket: Duplex;
  readonly #frames = new WebSocketFrameReader();
  #handlers: WebSocketHandlers | undefined;
  #parts: Buffer[] = [];
  #closing = false;

  /** Answers the upgrade; `protocol` is one the client offered, or '' when it offered none. */
  constructor({ request, socket }: Upgrade, protocol: string) {
    this.#socket = socket;
    this.onDrain = onDrain(socket);
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}${ACCEPT_GUID}`)
      .digest('base64');
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Reads from now on. */
  start(head: Buffer, handlers: WebSocketHandlers): void {
    this.#handlers = handlers;
    this.#socket.on('error', () => {}); // 'close' follows
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.on('close', () => this.#handlers?.onClose());
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    if (head.length > 0) this.#receive(head);
  }

  /** False when the client does not keep up: wait for `onDrain`. */
  send(message: Buffer, options: { readonly text?: boolean } = {}): boolean {
    if (this.#closing || this.#socket.destroyed) return true;
    return this.#socket.write(webSocketFrame(options.text ? OPCODE.TEXT : OPCODE.BINARY, message));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Everything sent before still arrives. */
  close(code = NORMAL_CLOSURE): void {
    if (this.#closing || this.#socket.destroyed) return;
    this.#closing = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
    this.#socket.resume(); // the client's own close is still to be read
    this.#socket.end(webSocketFrame(OPCODE.CLOSE, payload));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#take(frame);
    } catch {
      this.close(PROTOCOL_ERROR); // what is wrong is the client's to find out
    }
  }

  #take({ fin, opcode, payload }: WebSocketFrame): void {
    if (opcode === OPCODE.PING) {
      if (!this.#closing) this.#socket.write(webSocketFrame(OPCODE.PONG, payload));
    } else if (opcode === OPCODE.CLOSE) {
      this.close();
    } else if (opcode !== OPCODE.PONG) {
      this.#parts.push(payload);
      if (!fin) return;
      const message = this.#parts.length === 1 ? payload : Buffer.concat(this.#parts);
      this.#parts = [];
      this.#handlers?.onMessage(message);
    }
  }
}

/** Of the client's sub-protocols, the one `supported` lists first; '' when it names none and that is supported. */
export function chooseProtocol({ headers }: Upgrade['request'], supported: readonly string[]): string {
  const offered = String(headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map(name => name.trim());
  const chosen = supported.find(name => offered.includes(name));
  if (chosen !== undefined) return chosen;
  throw new StatusError('BadRequest', `unable to upgrade: none of the protocols ${JSON.stringify(offered)} is supported`);
}
