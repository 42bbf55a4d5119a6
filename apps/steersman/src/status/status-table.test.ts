import { paintFor } from '../command/out.ts';
import type { ClusterStatus } from './status.ts';
import { age, statusTable } from './status-table.ts';

const MEGABYTE = 1024 * 1024;
const status: ClusterStatus = {
  name: 'blue',
  dataDir: '/data',
  version: '0.1.0',
  api: 'https://127.0.0.1:6443',
  podRange: '10.244.0.0/16',
  serviceRange: '10.96.0.0/16',
  supervisor: { state: 'running', pid: 10, pssBytes: 30 * MEGABYTE },
  components: [
    { name: 'nats', state: 'running', pid: 11, version: '2.9.10', ports: [4222], restarts: 0, uptimeSeconds: 75, pssBytes: 7 * MEGABYTE },
    { name: 'apiserver', state: 'waiting', version: '0.1.0', ports: [6443, 6444], restarts: 3 },
  ],
  nodes: [{ name: 'one', isReady: false, isControlPlane: true, message: 'no network yet', version: 'v1.36.0', heardAt: 0 }],
};

describe('statusTable', () => {
  const lines = statusTable(status, paintFor({ colours: false })).split('\n');

  it('says first how the cluster is, and last what it takes', () => {
    expect(lines[0]).toBe('Cluster blue is running in part; Steersman 0.1.0 in /data');
    expect(lines.at(-1)).toBe('Memory in all 37 MB');
  });

  it('has a line per component, in columns', () => {
    expect(lines.slice(3, 6)).toEqual([
      '  COMPONENT  STATE    PID  UP   MEMORY  PORTS      VERSION  RESTARTS',
      '  nats       running  11   75s  7 MB    4222       2.9.10   0',
      '  apiserver  waiting  -    -    -       6443,6444  0.1.0    3',
    ]);
  });

  it('says what is wrong with a node, and that nobody restarts anything', () => {
    expect(lines).toContain('Node one is not Ready: no network yet');
    const alone = statusTable({ ...status, supervisor: { state: 'stopped' } }, paintFor({ colours: false }));
    expect(alone).toContain('The supervisor is gone');
  });
});

describe('age', () => {
  it.each([
    { seconds: 119, want: '119s' },
    { seconds: 120, want: '2m' },
    { seconds: 3 * 3600 + 60, want: '3h1m' },
    { seconds: 49 * 3600, want: '2d' },
  ])('writes $seconds as $want', ({ seconds, want }) => {
    expect(age(seconds)).toBe(want);
  });
});
