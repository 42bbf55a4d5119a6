import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { connect, type TLSSocket } from 'node:tls';
import { StatusError } from '@steersman/status';
import { decodeValue, type Store } from '@steersman/store';
import { type Node, nodeKind, type NodeTarget } from '@steersman/types';
import { storeKey } from '../machine/selection.ts';
import { flushHeaders, type HttpResponse, writeHead } from './reply.ts';

const CONNECT_MS = 10_000;
const KUBELET_PORT = 10_250;

/** The headers of an upgrade that mean something to the node. */
const PASSED_HEADERS = [
  'upgrade',
  'connection',
  'x-stream-protocol-version',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];

export interface NodeProxyOptions {
  readonly store: Store;
  /** Our identity at the nodes; read anew for every connection. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority that signed the nodes' serving certificates. */
  readonly caFile: string;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Carries logs, exec, attach and port-forward between clients and kubelets, byte for byte. */
export class NodeProxy {
  readonly #options: NodeProxyOptions;
  readonly #agent: Agent;

  constructor(options: NodeProxyOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: 16 });
  }

  /** A plain GET, streamed as it comes. */
  async stream(target: NodeTarget, response: HttpResponse, signal: AbortSignal): Promise<void> {
    const answer = await this.get(target, signal);
    const { statusCode = 502 } = answer;
    if (statusCode >= 400) throw refused(statusCode, await text(answer));
    writeHead(response, statusCode, { 'content-type': answer.headers['content-type'] ?? 'text/plain' });
    flushHeaders(response);
    await pipeline(answer, response as unknown as NodeJS.WritableStream).catch((err: unknown) => {
      if (!signal.aborted && !response.destroyed) throw err;
    });
  }

  /** The node's answer, whose body is still to come. */
  async get(target: NodeTarget, signal: AbortSignal): Promise<IncomingMessage> {
    const { host, port } = await this.#addressOf(target.nodeName);
    return new Promise((resolve, reject) => {
      httpsRequest({ host, port, path: pathOf(target), method: 'GET', agent: this.#agent, signal, ...this.#tls() }, resolve)
        .on('error', err => reject(signal.aborted ? err : unreachable(target.nodeName, err)))
        .end();
    });
  }

  /** Hands an upgraded connection over to the node. Throws as long as nothing has been sent to the client. */
  async upgrade(
    target: NodeTarget,
    { request, socket, head }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): Promise<void> {
    const upstream = await this.#connect(target.nodeName);
    const headers = Object.entries(request.headers).filter(([name]) => PASSED_HEADERS.includes(name));
    const lines = [
      `${request.method} ${pathOf(target)} HTTP/1.1`,
      `host: ${target.nodeName}`,
      ...headers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${String(value)}`])),
    ];
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) upstream.write(head);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.end());
    upstream.pipe(socket);
    socket.pipe(upstream);
  }

  async #connect(nodeName: string): Promise<TLSSocket> {
    const address = await this.#addressOf(nodeName);
    return new Promise((resolve, reject) => {
      const socket = connect({ ...address, ...this.#tls(), timeout: CONNECT_MS }, () => {
        socket.setTimeout(0);
        socket.setNoDelay(true);
        resolve(socket);
      });
      socket.once('timeout', () => socket.destroy(new Error(`no connection within ${CONNECT_MS} ms`)));
      socket.once('error', err => reject(unreachable(nodeName, err)));
    });
  }

  #tls(): { cert: Buffer; key: Buffer; ca: Buffer } {
    const { certFile, keyFile, caFile } = this.#options;
    return { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) };
  }

  async #addressOf(nodeName: string): Promise<Address> {
    const stored = await this.#options.store.get(storeKey(nodeKind, '', nodeName));
    if (!stored) throw new StatusError('NotFound', `nodes ${JSON.stringify(nodeName)} not found`);
    const { status } = JSON.parse(decodeValue(stored.value, stored.modRevision).body.toString('utf8')) as Node;
    const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    if (!host) throw new StatusError('ServiceUnavailable', `node ${nodeName} has no address yet: its kubelet has not reported one`);
    return { host, port: status.daemonEndpoints?.kubeletEndpoint?.Port ?? KUBELET_PORT };
  }
}

const pathOf = ({ path, query }: NodeTarget): string => (query.size > 0 ? `${path}?${query.toString()}` : path);

/** A node says why in plain text; clients read a Status. */
function refused(code: number, said: string): StatusError {
  const message = said.trim();
  if (code === 400) return new StatusError('BadRequest', message);
  if (code === 404) return new StatusError('NotFound', message);
  return new StatusError('InternalError', `an error on the node: ${message}`);
}

const unreachable = (nodeName: string, cause: Error): StatusError =>
  new StatusError('InternalError', `error dialing backend: the kubelet of node ${nodeName} cannot be reached: ${cause.message}`, { cause });
