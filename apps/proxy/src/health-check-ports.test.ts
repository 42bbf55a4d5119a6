import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@steersman/telemetry';
import { eventually } from '@steersman/testing';
import { healthCheckPorts } from './health-check-ports.ts';

const log = createLogger({ app: 'proxy', write: () => {} });

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

describe('healthCheckPorts', () => {
  it('answers with the count of a Service, 503 for none, and closes', async () => {
    const port = await freePort();
    await using ports = healthCheckPorts({ log, healthy: () => true });
    const ask = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      return { status: response.status, body: await response.json() };
    };
    ports.set('ns/web', { port, endpoints: 2 });
    await eventually(async () => {
      expect(await ask()).toEqual({
        status: 200,
        body: { service: { namespace: 'ns', name: 'web' }, localEndpoints: 2, serviceProxyHealthy: true },
      });
    });
    ports.set('ns/web', { port, endpoints: 0 });
    expect(await ask()).toMatchObject({ status: 503, body: { localEndpoints: 0 } });
    ports.set('ns/web', undefined);
    await expect(ask()).rejects.toThrow('fetch failed');
  });
});
