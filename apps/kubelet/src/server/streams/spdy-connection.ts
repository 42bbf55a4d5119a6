import type { Duplex } from 'node:stream';
import { StatusError } from '@steersman/status';
import { HeaderBlocks } from './header-block.ts';
import { onDrain } from './on-drain.ts';
import { controlFrame, dataFrame, type Frame, FrameReader, streamIdOf, synStream, TYPE } from './spdy-frames.ts';

/** What a frame may hold is 16 MiB; peers read one whole before they pass it on. */
const MAX_DATA_BYTES = 64 * 1024;

export interface SpdyStreamHandlers {
  /** Return false to be sent no more until `resume` of the connection. */
  readonly onData?: (data: Buffer) => boolean;
  /** The peer will send nothing more on this stream. */
  readonly onEnd?: () => void;
}

export interface SpdyStream {
  /** False when the peer does not keep up: wait for `onDrain` of the connection. */
  write(data: Buffer): boolean;
  /** Nothing more comes from us: the peer sees the end of its input. */
  end(): void;
}

interface Open {
  readonly handlers: SpdyStreamHandlers;
  readonly accepted: PromiseWithResolvers<void>;
  readEnded: boolean;
  writeEnded: boolean;
}

/** The client's side of a SPDY/3.1 connection that has been upgraded. */
export class SpdyConnection implements Disposable {
  /** Resolves when the peer has closed the connection. */
  readonly closed: Promise<void>;
  readonly onDrain: (listener: () => void) => void;
  readonly #socket: Duplex;
  readonly #frames = new FrameReader();
  readonly #headers = new HeaderBlocks();
  readonly #streams = new Map<number, Open>();
  #nextId = 1; // a client's are odd

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.onDrain = onDrain(socket);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#endAll();
      resolve();
    });
    if (head.length > 0) this.#receive(head);
  }

  /** Resolves once the peer has taken the stream: what is sent before is lost. Streams are seen by the peer in the order of the calls. */
  async open(headers: Readonly<Record<string, string>>, handlers: SpdyStreamHandlers = {}): Promise<SpdyStream> {
    const id = this.#nextId;
    this.#nextId += 2;
    const open: Open = { handlers, accepted: Promise.withResolvers(), readEnded: false, writeEnded: false };
    this.#streams.set(id, open);
    this.#socket.write(synStream(id, this.#headers.encode(headers)));
    await open.accepted.promise;
    return { write: data => this.#send(id, open, data), end: () => this.#finish(id, open) };
  }

  /** Reads on after an `onData` that returned false. */
  resume(): void {
    this.#socket.resume();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #send(id: number, open: Open, data: Buffer): boolean {
    if (open.writeEnded || this.#socket.destroyed) return true;
    for (let from = 0; from < data.length; from += MAX_DATA_BYTES) {
      this.#socket.write(dataFrame(id, data.subarray(from, from + MAX_DATA_BYTES), { fin: false }));
    }
    return !this.#socket.writableNeedDrain;
  }

  #finish(id: number, open: Open): void {
    if (open.writeEnded) return;
    open.writeEnded = true;
    if (!this.#socket.destroyed) this.#socket.write(dataFrame(id, Buffer.alloc(0), { fin: true }));
  }

  #receive(chunk: Buffer): void {
    for (const frame of this.#frames.push(chunk)) {
      if (frame.kind === 'data') this.#receiveData(frame);
      else this.#receiveControl(frame);
    }
  }

  #receiveData({ streamId, data, fin }: Extract<Frame, { kind: 'data' }>): void {
    const open = this.#streams.get(streamId);
    if (!open || open.readEnded) return;
    if (data.length > 0 && open.handlers.onData?.(data) === false) this.#socket.pause();
    if (fin) this.#endReading(open);
  }

  #receiveControl({ type, payload }: Extract<Frame, { kind: 'control' }>): void {
    if (type === TYPE.PING) {
      this.#socket.write(controlFrame(TYPE.PING, payload)); // the answer is the same frame
    } else if (type === TYPE.SYN_REPLY) {
      this.#streams.get(streamIdOf(payload))?.accepted.resolve();
    } else if (type === TYPE.RST_STREAM) {
      const open = this.#streams.get(streamIdOf(payload));
      if (open) this.#reset(open);
    }
  }

  #reset(open: Open): void {
    open.writeEnded = true;
    open.accepted.reject(new StatusError('InternalError', 'the container runtime refused a stream'));
    this.#endReading(open);
  }

  #endReading(open: Open): void {
    if (open.readEnded) return;
    open.readEnded = true;
    open.handlers.onEnd?.();
  }

  #endAll(): void {
    for (const open of this.#streams.values()) this.#reset(open);
  }
}
