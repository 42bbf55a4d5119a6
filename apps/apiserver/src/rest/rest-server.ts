import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RestHandler } from './rest-handler.ts';

/** As upstream. Node's 5 s would cut clients off that were about to ask again. */
const IDLE_MS = 90_000;
/** The answer to what is no HTTP. */
const BROKEN_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

export interface RestServerOptions {
  /** Addresses; each has a server of its own, all on one port. */
  readonly hosts: readonly string[];
  /** 0 takes any free one. */
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority of client certificates. */
  readonly clientCaFile: string;
  readonly handler: RestHandler;
}

export interface RestServer {
  readonly port: number;
  /** Lets what is under way finish for `graceMs`, then cuts it: watches would never end by themselves. */
  stop(graceMs: number): Promise<void>;
}

/** HTTPS with HTTP/2 and HTTP/1.1; a client certificate is asked for, and required by whatever needs a user. */
export async function startRestServer({ hosts, port, ...options }: RestServerOptions): Promise<RestServer> {
  const servers: RestServer[] = [];
  for (const host of hosts) servers.push(await listenOn(host, servers[0]?.port ?? port, options));
  return {
    port: servers[0]?.port ?? port,
    stop: async graceMs => {
      await Promise.all(servers.map(server => server.stop(graceMs)));
    },
  };
}

async function listenOn(
  host: string,
  port: number,
  { certFile, keyFile, clientCaFile, handler }: Omit<RestServerOptions, 'hosts' | 'port'>,
): Promise<RestServer> {
  const server = createSecureServer({
    allowHTTP1: true,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: readFileSync(clientCaFile),
    requestCert: true,
    rejectUnauthorized: false,
    http1Options: { keepAliveTimeout: IDLE_MS },
    maxSessionMemory: 100,
    settings: { maxConcurrentStreams: 1_000 },
  });
  const sockets = new Set<Socket>();
  server.on('secureConnection', socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => void handler.serve(request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void handler.upgrade(request, socket, head));
  // A client that speaks nonsense or leaves in the handshake is its own business.
  server.on('sessionError', () => {});
  server.on('tlsClientError', () => {});
  server.on('clientError', (_err, socket: Duplex) => {
    if (socket.writable) socket.end(BROKEN_REQUEST);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: graceMs =>
      new Promise(resolve => {
        const cut = setTimeout(() => sockets.forEach(socket => socket.destroy()), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}
