import type { HostPort } from '@steersman/net';
import { silentLogger } from '@steersman/telemetry';
import type { Pod, PodSpec } from '@steersman/types';
import { HostPorts } from './host-ports.ts';

const pod = (spec: Partial<PodSpec>, status: Partial<Pod['status']> = {}): Pod =>
  ({
    metadata: { name: 'web', namespace: 'ns', uid: 'u' },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }], ...spec },
    status: { phase: 'Running', podIP: '10.0.0.1', ...status },
  }) as Pod;
const PORT: HostPort = { protocol: 'TCP', hostPort: 8080, containerPort: 80, podIp: '10.0.0.1' };

let applied: (readonly HostPort[])[];
let hostPorts: HostPorts;
beforeEach(() => {
  applied = [];
  hostPorts = new HostPorts({ set: async ports => void applied.push(ports), log: silentLogger });
});
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('HostPorts', () => {
  it('waits for the table, then follows every change', async () => {
    hostPorts.update([]);
    hostPorts.ready();
    await settled();
    hostPorts.update([]); // nothing new: what comes after must not be lost
    hostPorts.update([pod({})]);
    await settled();
    hostPorts.update([pod({}, { phase: 'Failed' })]);
    await settled();
    expect(applied).toEqual([[], [PORT], []]);
  });

  it('leaves out pods in the network of the node, and pods without an address', async () => {
    hostPorts.ready();
    hostPorts.update([pod({ hostNetwork: true })]);
    await settled();
    expect(applied).toEqual([[]]);
  });
});
