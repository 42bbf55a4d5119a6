import { containerLimits, oomScoreAdjust, podLimits } from './resources.ts';
import { container, pod } from './test-pods.ts';

const asks = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory }, limits: { cpu, memory } } });
const GI = 1024 ** 3;

describe('containerLimits', () => {
  it.each([
    { name: 'nothing asked', resources: {}, want: { cpuShares: 2, cpuPeriodUs: 100_000, memoryBytes: 0 } },
    { name: 'a request only', resources: { requests: { cpu: '250m' } }, want: { cpuShares: 256, cpuPeriodUs: 100_000, memoryBytes: 0 } },
    {
      name: 'a limit stands for the request',
      resources: { limits: { cpu: '2', memory: '64Mi' } },
      want: { cpuShares: 2048, cpuQuotaUs: 200_000, cpuPeriodUs: 100_000, memoryBytes: 67_108_864 },
    },
    {
      name: 'a limit below what the kernel takes',
      resources: { limits: { cpu: '1m' } },
      want: { cpuShares: 2, cpuQuotaUs: 1000, cpuPeriodUs: 100_000, memoryBytes: 0 },
    },
  ])('$name', ({ resources, want }) => {
    expect(containerLimits(container('web', { resources }))).toEqual(want);
  });
});

describe('podLimits', () => {
  it.each([
    {
      name: 'the sum of the containers',
      spec: { containers: [container('a', asks('1', '1Gi')), container('b', asks('500m', '1Gi'))] },
      want: [1536, 150_000, 2 * GI],
    },
    {
      name: 'a larger init container',
      spec: { initContainers: [container('i', asks('3', '1Gi'))], containers: [container('a', asks('1', '2Gi'))] },
      want: [3072, 300_000, 2 * GI],
    },
    {
      name: 'sidecars beside everything after them',
      spec: {
        initContainers: [container('s', { ...asks('1', '1Gi'), restartPolicy: 'Always' }), container('i', asks('2', '1Gi'))],
        containers: [container('a', asks('1', '3Gi'))],
      },
      want: [3072, 300_000, 4 * GI],
    },
    {
      name: 'no limit where one container has none',
      spec: { containers: [container('a', asks('1', '1Gi')), container('b')] },
      want: [1024, undefined, 0],
    },
  ])('$name', ({ spec, want }) => {
    const { cpuShares, cpuQuotaUs, memoryBytes } = podLimits(pod(spec));
    expect([cpuShares, cpuQuotaUs, memoryBytes]).toEqual(want);
  });
});

describe('oomScoreAdjust', () => {
  it.each([
    { name: 'guaranteed pods go last', of: container('web', asks('1', '1Gi')), want: -997 },
    { name: 'best effort pods go first', of: container('web'), want: 1000 },
    { name: 'the others by what they asked for', of: container('web', { resources: { requests: { memory: '1Gi' } } }), want: 750 },
    { name: 'but never among the first or the last', of: container('web', { resources: { requests: { memory: '4Gi' } } }), want: 3 },
  ])('$name', ({ of, want }) => {
    expect(oomScoreAdjust(pod({ containers: [of] }), of, 4 * GI)).toBe(want);
  });
});
