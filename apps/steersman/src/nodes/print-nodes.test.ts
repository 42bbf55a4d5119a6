import { type ClusterState, PORTS } from '../cluster/state.ts';
import { nodesTable } from './print-nodes.ts';

const STATE: ClusterState = {
  name: 'blue',
  nodeName: 'one',
  nodeIp: '10.199.0.1',
  ports: PORTS,
  podRange: '10.244.0.0/16',
  serviceRange: '10.96.0.0/16',
  dev: false,
  allInOne: false,
  nodes: [
    { name: 'two', ip: '10.199.0.2', cpuMillis: 500, memoryBytes: 1024 ** 3, isStopped: false },
    { name: 'three', ip: '10.199.0.3', cpuMillis: 500, memoryBytes: 1024 ** 3, isStopped: true },
  ],
};

it('says of every node what the API and the cluster know', () => {
  const known = [{ name: 'one', isReady: true, isControlPlane: false, message: '', version: '', heardAt: 0 }];
  expect(nodesTable(STATE, known, { cpuMillis: 2_000, memoryBytes: 2 * 1024 ** 3 }).split('\n')).toEqual([
    'NODE   STATE    ADDRESS     CPUS  MEMORY',
    'one    Ready    10.199.0.1  2     2048 MiB',
    'two    unknown  10.199.0.2  0.5   1024 MiB',
    'three  off      10.199.0.3  0.5   1024 MiB',
  ]);
});
