import { createInterface } from 'node:readline';
import type { Forwarding } from '@steersman/endpoints';
import { createLogger } from '@steersman/telemetry';
import type { Key } from '@steersman/types';
import { nftDataplane } from '../nft-dataplane.ts';
import { userspaceDataplane } from '../userspace-dataplane.ts';

/** A userspace dataplane in a network namespace of a test: applies each line of stdin and says so. */
const [clusterName = '', nodeIp = ''] = process.argv.slice(2);
const log = createLogger({ app: 'proxy' });
const capture = nftDataplane({ clusterName, clusterCidrs: [], conntrack: { end: async () => {} }, log });
const dataplane = userspaceDataplane({ capture, nodeIps: [nodeIp], log });

createInterface({ input: process.stdin })
  .on('line', line => {
    const changed = new Map(JSON.parse(line) as [Key, readonly Forwarding[]][]);
    void dataplane.apply(changed, new AbortController().signal).then(() => process.stdout.write('applied\n'));
  })
  .on('close', () => void dataplane[Symbol.asyncDispose]().then(() => process.exit(0)));
