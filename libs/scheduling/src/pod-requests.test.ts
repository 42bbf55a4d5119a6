import type { Container } from '@steersman/types';
import { pod } from '../testing/builders.ts';
import { podRequests } from './pod-requests.ts';

const container = (cpu: string, more: Partial<Container> = {}): Container => ({
  name: 'x',
  image: 'i',
  resources: { requests: { cpu } },
  ...more,
});
const sidecar = { restartPolicy: 'Always' };

describe('podRequests', () => {
  it.each([
    { name: 'sums containers', spec: { containers: [container('100m'), container('0.2')] }, want: 300 },
    {
      name: 'takes an init container that needs more than all',
      spec: { containers: [container('100m')], initContainers: [container('1'), container('500m')] },
      want: 1000,
    },
    {
      name: 'ignores an init container that needs less',
      spec: { containers: [container('2')], initContainers: [container('1')] },
      want: 2000,
    },
    {
      name: 'adds side cars to the containers',
      spec: { containers: [container('1')], initContainers: [container('100m', sidecar)] },
      want: 1100,
    },
    {
      name: 'adds side cars to the init containers after them',
      spec: { containers: [container('1')], initContainers: [container('100m', sidecar), container('2')] },
      want: 2100,
    },
    {
      name: 'leaves later side cars out of an init container',
      spec: { containers: [container('1')], initContainers: [container('2'), container('100m', sidecar)] },
      want: 2000,
    },
    { name: 'adds the overhead', spec: { containers: [container('1')], overhead: { cpu: '50m' } }, want: 1050 },
    {
      name: 'takes the request of the pod for those of its containers',
      spec: { containers: [container('1')], resources: { requests: { cpu: '3' } } },
      want: 3000,
    },
    { name: 'rounds fractions of a millicore up', spec: { containers: [container('100.5m')] }, want: 101 },
  ])('$name', ({ spec, want }) => {
    expect(podRequests(pod('p', spec)).amounts.get('cpu')).toBe(want);
  });

  it('takes a container without requests to need the usual for comparisons only', () => {
    expect(podRequests(pod('p'))).toEqual({ amounts: new Map(), scored: { cpu: 100, memory: 209_715_200 } });
    expect(podRequests(pod('p', { requests: { cpu: '1', memory: '1Gi' } })).scored).toEqual({ cpu: 1000, memory: 1_073_741_824 });
  });
});
