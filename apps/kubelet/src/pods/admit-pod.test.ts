import type { Node, Pod, PodSpec } from '@steersman/types';
import { admitPod } from './admit-pod.ts';

const asking = (requests: Record<string, string>, more: Partial<PodSpec> = {}): Pod =>
  ({
    metadata: { name: 'p', namespace: 'ns', uid: 'u' },
    spec: { containers: [{ name: 'c', resources: { requests } }], ...more },
    status: { phase: 'Running' },
  }) as Pod;
const withPort = (hostIP?: string): Pod =>
  asking({}, { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80, ...(hostIP && { hostIP }) }] }] });
const ended = (pod: Pod): Pod => ({ ...pod, status: { phase: 'Failed' } });
const node = {
  metadata: { name: 'n', labels: { disk: 'ssd' } },
  spec: {
    taints: [
      { key: 'off', effect: 'NoExecute' },
      { key: 'soft', effect: 'NoSchedule' },
    ],
  },
} as unknown as Node;
const tolerations = [{ key: 'off', operator: 'Exists' }];
const allocatable = { cpu: '2', memory: '1Gi', pods: '3' };

describe('admitPod', () => {
  it.each<{ name: string; pod: Pod; others?: readonly Pod[]; expected: string | undefined }>([
    { name: 'what fits', pod: asking({ cpu: '1', memory: '1Gi' }), others: [asking({ cpu: '1' })], expected: undefined },
    {
      name: 'too much cpu',
      pod: asking({ cpu: '1500m' }),
      others: [asking({ cpu: '1' })],
      expected: "OutOfcpu: Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
    },
    { name: 'cpu of pods that have ended', pod: asking({ cpu: '2' }), others: [ended(asking({ cpu: '1' }))], expected: undefined },
    {
      name: 'too much memory',
      pod: asking({ memory: '2Gi' }),
      expected: "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    },
    {
      name: 'one pod too many',
      pod: asking({}),
      others: [asking({}), asking({}), asking({})],
      expected: "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    },
    {
      name: 'a resource the node does not have',
      pod: asking({ 'example.com/gpu': '1' }),
      expected: "OutOfexample.com/gpu: Node didn't have enough resource: example.com/gpu, requested: 1, used: 0, capacity: 0",
    },
    {
      name: 'a selector for other nodes',
      pod: asking({}, { nodeSelector: { disk: 'hdd' } }),
      expected: "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    },
    {
      name: 'a port that is taken',
      pod: withPort('127.0.0.1'),
      others: [withPort()],
      expected: "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    },
    { name: 'the same port of other addresses', pod: withPort('127.0.0.1'), others: [withPort('192.0.2.1')], expected: undefined },
  ])('judges $name', ({ pod, others = [], expected }) => {
    const tolerant = { ...pod, spec: { ...pod.spec, tolerations } };
    const refusal = admitPod(tolerant, { allocatable, node, others });
    expect(refusal && `${refusal.reason}: ${refusal.message}`).toBe(expected);
  });

  it('refuses a pod the taints of the node would drive out', () => {
    expect(admitPod(asking({}), { allocatable, node, others: [] })?.reason).toBe('TaintToleration');
  });
});
