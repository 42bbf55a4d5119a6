import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DnsAnswers {
  /** Milliseconds. */
  readonly latencies: readonly number[];
  readonly lost: number;
}

const IDS = 0x1_0000;
/** After this an answer does not come any more. */
const GIVE_UP_MS = 500;
const RECURSION_DESIRED = 0x100;

/** Asks one server over UDP for the addresses of names, in turn. */
export class DnsLoad implements Disposable {
  readonly #socket: Socket;
  readonly #queries: readonly Buffer[];
  /** By id: when it was sent; 0 when nothing is under way. */
  readonly #sentAt = new Float64Array(IDS);
  #latencies: number[] = [];
  #sent = 0;
  #onAnswer: () => void = () => {};

  private constructor(socket: Socket, names: readonly string[]) {
    this.#socket = socket;
    this.#queries = names.map(name => encode({ type: 'query', flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] }));
    socket.on('message', message => this.#take(message));
  }

  static async open(port: number, names: readonly string[]): Promise<DnsLoad> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1_024 * 1_024 });
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new DnsLoad(socket, names);
  }

  /** Asks the next question when an answer comes, `outstanding` at a time. */
  async flood({ outstanding, seconds }: { readonly outstanding: number; readonly seconds: number }): Promise<DnsAnswers> {
    this.#begin();
    this.#onAnswer = () => this.#ask();
    for (let at = 0; at < outstanding; at++) this.#ask();
    await sleep(seconds * 1_000);
    this.#onAnswer = () => {};
    return this.#end();
  }

  /** Asks at a steady rate, whatever comes back. */
  async pace({ perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<DnsAnswers> {
    this.#begin();
    const began = performance.now();
    for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - began) {
      for (const due = (elapsed * perSecond) / 1_000; this.#sent < due;) this.#ask();
      await sleep(1);
    }
    return this.#end();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #begin(): void {
    this.#latencies = [];
    this.#sent = 0;
    this.#sentAt.fill(0);
  }

  async #end(): Promise<DnsAnswers> {
    await sleep(GIVE_UP_MS);
    return { latencies: this.#latencies, lost: this.#sent - this.#latencies.length };
  }

  #ask(): void {
    const query = Buffer.from(this.#queries[this.#sent % this.#queries.length] ?? []);
    const id = this.#sent++ % IDS;
    query.writeUInt16BE(id, 0);
    this.#sentAt[id] = performance.now();
    this.#socket.send(query);
  }

  #take(message: Buffer): void {
    const id = message.readUInt16BE(0);
    const sentAt = this.#sentAt[id] ?? 0;
    if (sentAt === 0) return;
    this.#sentAt[id] = 0;
    this.#latencies.push(performance.now() - sentAt);
    this.#onAnswer();
  }
}
