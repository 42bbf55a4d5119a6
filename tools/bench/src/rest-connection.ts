import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';

const HEAD_END = Buffer.from('\r\n\r\n');

/** A server, and who asks it. */
export interface RestTarget {
  readonly port: number;
  readonly certificates: Pick<Certificates, 'caFile' | 'adminCertFile' | 'adminKeyFile'>;
}

export interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

export async function openSocket({ port, certificates }: RestTarget): Promise<TLSSocket> {
  const { caFile, adminCertFile, adminKeyFile } = certificates;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: readFileSync(caFile),
    cert: readFileSync(adminCertFile),
    key: readFileSync(adminKeyFile),
    ALPNProtocols: ['http/1.1'],
  });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

/**
 * One kept HTTP/1.1 connection that asks one thing at a time. Much cheaper than node:https, so that the measured server gets
 * the machine, not the load; answers must have a content-length.
 */
export class RestConnection implements Disposable {
  readonly #socket: TLSSocket;
  readonly #host: string;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Undefined as long as the head is not complete. */
  #wanted: number | undefined;
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (err: Error) => void } | undefined;

  private constructor(socket: TLSSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', err => this.#waiting?.reject(err));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  static async open(target: RestTarget): Promise<RestConnection> {
    return new RestConnection(await openSocket(target), `127.0.0.1:${target.port}`);
  }

  ask(method: string, path: string, body?: Buffer): Promise<Answer> {
    const head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\naccept: application/json\r\n`;
    const rest = body ? `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n` : '\r\n';
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(body ? Buffer.concat([Buffer.from(head + rest), body]) : head + rest);
    });
  }

  /** Fails loudly: a benchmark of refusals would look fast. */
  async insist(code: number, ...request: Parameters<RestConnection['ask']>): Promise<Buffer> {
    const answer = await this.ask(...request);
    if (answer.code === code) return answer.body;
    throw new Error(`${request[0]} ${request[1]} was answered with ${answer.code}: ${answer.body.toString().slice(0, 300)}`);
  }

  [Symbol.dispose](): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#wanted !== undefined && this.#receivedBytes < this.#wanted) return;
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const headEnd = all.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = all.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    this.#wanted = headEnd + HEAD_END.length + length;
    if (all.length < this.#wanted) {
      this.#received = [all];
      return;
    }
    const answer = { code: Number(head.slice(9, 12)), body: all.subarray(headEnd + HEAD_END.length, this.#wanted) };
    this.#received = [];
    this.#receivedBytes = 0;
    this.#wanted = undefined;
    this.#waiting?.resolve(answer);
  }
}
