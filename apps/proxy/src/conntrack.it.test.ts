import { spawnSync } from 'node:child_process';
import { forwardService } from '@steersman/endpoints';
import { createLogger, Metrics } from '@steersman/telemetry';
import { conntrack } from './conntrack.ts';
import { nftDataplane } from './nft-dataplane.ts';
import { proxyMetrics } from './proxy.metrics.ts';
import { buildNetwork, CLUSTER_CIDRS } from './testing/network.ts';
import { service, slice } from './testing/objects.ts';

const VIP = '10.96.0.10';
const isInstalled = spawnSync('conntrack', ['--version']).status === 0;
const lines: string[] = [];
const log = createLogger({ app: 'proxy', write: line => lines.push(line) });
const { staleFlows: deleted } = proxyMetrics(new Metrics());
const { signal } = new AbortController();

describe('conntrack', () => {
  (isInstalled ? it : it.skip)(
    'moves a UDP flow whose backend went, and one that began before there was any',
    async () => {
      await using network = await buildNetwork(`stm-pc-${process.pid}`);
      const { a, b, c } = network.pods;
      await using dataplane = nftDataplane({
        clusterName: 'test',
        clusterCidrs: CLUSTER_CIDRS,
        program: network.inNode('nft'),
        conntrack: conntrack({ program: network.inNode('conntrack'), deleted, log }),
        log,
      });
      const serve = (...pods: Parameters<typeof slice>[0]): Promise<void> => {
        const forwardings = forwardService(service({ ports: [{ port: 53, protocol: 'UDP' }] }), [slice(pods, { protocol: 'UDP' })], {
          nodeName: 'n1',
          nodePortAddresses: [],
        });
        return dataplane.apply(new Map([['ns/web', forwardings]]), signal);
      };
      const ask = (): Promise<string> => a.ask(VIP, 53, { protocol: 'udp', from: 5_555 });
      await serve(b);
      expect(await ask()).toMatch(/^b /);
      await serve(c);
      expect(await ask()).toMatch(/^c /);
      await serve();
      expect(await ask()).toBe('ECONNREFUSED');
      await serve(b);
      expect(await ask()).toMatch(/^b /);
    },
    60_000,
  );

  it('says once that it is missing', async () => {
    const missing = conntrack({ program: ['/nonexistent/conntrack'], deleted, log });
    await missing.end([{ address: VIP, port: 53 }], signal);
    await missing.end([{ address: VIP, port: 53 }], signal);
    expect(lines.filter(line => line.includes('install the package conntrack'))).toHaveLength(1);
  });
});
