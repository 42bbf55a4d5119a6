import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '@steersman/telemetry';

export interface HealthServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly metrics: Metrics;
  /** Named conditions; /healthz answers 200 when every one holds, 500 with the names of those that do not. */
  readonly checks?: Readonly<Record<string, () => boolean>>;
  /** Further documents by path, as JSON; undefined is answered with 404. */
  readonly documents?: Readonly<Record<string, (query: URLSearchParams) => object | undefined>>;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/** Plain HTTP on loopback: /healthz, /livez, /readyz, /metrics and what else there is to tell. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { port, host = '127.0.0.1', metrics, checks = {}, documents = {} } = options;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics.text());
      return;
    }
    const document = Object.hasOwn(documents, pathname) ? documents[pathname]?.(searchParams) : undefined;
    if (document) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
      return;
    }
    if (!['/healthz', '/livez', '/readyz'].includes(pathname)) {
      response.writeHead(404).end('404 page not found\n');
      return;
    }
    const { ok, body } = report(pathname.slice(1), checks, { verbose: searchParams.has('verbose') });
    response.writeHead(ok ? 200 : 500, { 'content-type': 'text/plain' }).end(body);
  });
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** The body every Kubernetes component gives at its health endpoints. */
export function report(
  name: string,
  checks: Readonly<Record<string, () => boolean>>,
  { verbose }: { readonly verbose: boolean },
): { ok: boolean; body: string } {
  const results = Object.entries(checks).map(([check, holds]) => ({ check, ok: holds() }));
  const ok = results.every(result => result.ok);
  if (ok && !verbose) return { ok, body: 'ok' };
  const lines = results.map(result => (result.ok ? `[+]${result.check} ok` : `[-]${result.check} failed`));
  return { ok, body: [...lines, ok ? `${name} check passed` : `${name} check failed`, ''].join('\n') };
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
