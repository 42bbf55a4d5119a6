import { readFileSync } from 'node:fs';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isAbortError } from '@steersman/async';
import { StatusError, toStatusError } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import { answer } from './answer.ts';
import { answerUpgrade } from './answer-upgrade.ts';
import { authorize } from './authorize.ts';
import { type Route, routeOf } from './routes.ts';
import type { ServerDeps } from './server-deps.ts';
import type { Upgrade } from './streams/pass-spdy.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  /** Who may call: certificates of this authority. */
  readonly clientCaFile: string;
  readonly log: Logger;
}

export interface KubeletServer extends AsyncDisposable {
  readonly port: number;
}

/** HTTPS for logs, exec, attach and port-forward, as the API server calls it. Disposing cuts what is open. */
export async function startServer(deps: ServerDeps, options: ServerOptions): Promise<KubeletServer> {
  const { host, port, log } = options;
  const server = createServer({
    cert: readFileSync(options.tlsCertFile),
    key: readFileSync(options.tlsKeyFile),
    ca: readFileSync(options.clientCaFile),
    requestCert: true,
    rejectUnauthorized: false, // answered with 401 by `authorize`
    requestTimeout: 0,
  });
  const upgraded = new Set<Duplex>();
  server.on('request', (request, response) => void serve(deps, request, response, log));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    void serveUpgrade(deps, { request, socket, head }, log);
  });
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(deps: ServerDeps, request: IncomingMessage, response: ServerResponse, log: Logger): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const { pathname, searchParams: query } = urlOf(request);
    const route = await allowed(deps, request, pathname);
    if (isStream(route)) throw new StatusError('BadRequest', 'you must upgrade the connection, to SPDY/3.1 or WebSocket');
    await answer(deps, route, { query, response, signal: gone.signal });
  } catch (err) {
    if (gone.signal.aborted || isAbortError(err)) return;
    const status = failed(err, request, log);
    if (response.headersSent) response.destroy();
    else response.writeHead(status.http, { 'content-type': 'text/plain; charset=utf-8' }).end(`${status.message}\n`);
  }
}

async function serveUpgrade(deps: ServerDeps, upgrade: Upgrade, log: Logger): Promise<void> {
  const { request, socket } = upgrade;
  const silence = (): void => {}; // a client may leave at any time
  socket.on('error', silence);
  const before = bytesWritten(socket);
  try {
    const route = await allowed(deps, request, urlOf(request).pathname);
    if (!isStream(route)) throw new StatusError('BadRequest', `${route.name} needs no upgrade`);
    await answerUpgrade(deps, route, upgrade);
  } catch (err) {
    const status = failed(err, request, log);
    if (bytesWritten(socket) > before) socket.end();
    else refuse(socket, status);
  }
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://kubelet');

async function allowed({ mayCall }: ServerDeps, request: IncomingMessage, pathname: string): Promise<Route> {
  await authorize(request, mayCall);
  const route = routeOf(pathname);
  if (!route) throw new StatusError('NotFound', '404 page not found');
  return route;
}

const isStream = (route: Route): route is Extract<Route, { readonly name: 'exec' | 'attach' | 'portForward' }> =>
  route.name === 'exec' || route.name === 'attach' || route.name === 'portForward';

/** Faults of ours are logged; what the client did wrong is the client's to read. */
function failed(err: unknown, request: IncomingMessage, log: Logger): StatusError {
  const status = toStatusError(err);
  if (status.http >= 500) log.warn('request failed', { method: request.method, path: urlOf(request).pathname, error: status.message });
  return status;
}

/** The answer to an upgrade is written by hand, as node:http has let go of the socket. */
function refuse(socket: Duplex, { http, message }: StatusError): void {
  const body = `${message}\n`;
  const lines = [
    `HTTP/1.1 ${http} ${STATUS_CODES[http]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

const bytesWritten = (socket: Duplex): number => (socket as Duplex & { readonly bytesWritten: number }).bytesWritten;

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
