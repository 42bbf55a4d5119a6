import { createServer, type Server } from 'node:http';
import type { Logger } from '@steersman/telemetry';
import type { Key } from '@steersman/types';

export interface HealthCheck {
  readonly port: number;
  /** Ready endpoints on this node. */
  readonly endpoints: number;
}

export interface HealthCheckPorts extends AsyncDisposable {
  /** Undefined closes the port of a Service. */
  set(service: Key, check: HealthCheck | undefined): void;
}

interface Open {
  readonly server: Server;
  check: HealthCheck;
}

/**
 * Tells load balancers whether this node has endpoints of a Service (`healthCheckNodePort`), in the words of upstream's
 * pkg/proxy/healthcheck: 200 or 503 and a count.
 */
export function healthCheckPorts({ log, healthy }: { readonly log: Logger; readonly healthy: () => boolean }): HealthCheckPorts {
  const open = new Map<Key, Open>();
  const close = (service: Key): void => {
    const found = open.get(service);
    open.delete(service);
    found?.server.close();
    found?.server.closeAllConnections();
  };
  return {
    set(service, check) {
      const found = open.get(service);
      if (check && found?.check.port === check.port) {
        found.check = check;
        return;
      }
      close(service);
      if (check) open.set(service, listen(service, check, { log, healthy }));
    },
    [Symbol.asyncDispose]: async () => {
      const servers = [...open.values()].map(({ server }) => server);
      for (const service of [...open.keys()]) close(service);
      await Promise.all(servers.filter(({ listening }) => listening).map(server => new Promise(resolve => server.once('close', resolve))));
    },
  };
}

function listen(service: Key, check: HealthCheck, { log, healthy }: { readonly log: Logger; readonly healthy: () => boolean }): Open {
  const [namespace, name] = service.split('/');
  const server = createServer((_, response) => {
    const [count, works] = [open.check.endpoints, healthy()];
    response.writeHead(count > 0 && works ? 200 : 503, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
    response.end(JSON.stringify({ service: { namespace, name }, localEndpoints: count, serviceProxyHealthy: works }));
  });
  const open: Open = { server, check };
  server.on('error', err => log.error('health-check port not opened', { err, service, port: check.port }));
  server.listen(check.port);
  return open;
}
