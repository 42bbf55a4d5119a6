import type { Pod, PodSpec, ResourceQuota, Service } from '../gen/types.ts';
import { podKind } from '../kinds/pod/pod.ts';
import { serviceKind } from '../kinds/service.ts';
import { findKindOf } from '../registry.ts';
import { quotaCovers, quotaUsage, usedOf } from './quota-usage.ts';

const metadata = { name: 'a', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const container = (cpu: string, memory?: string): PodSpec['containers'][number] => ({
  name: 'c',
  resources: { requests: { cpu, ...(memory && { memory }) }, limits: { cpu } },
});
const pod = (spec: Partial<PodSpec>, phase = 'Running'): Pod => ({
  metadata,
  spec: { containers: [container('100m', '64Mi')], ...spec },
  status: { phase },
});
const quota = (spec: ResourceQuota['spec']): ResourceQuota => ({ metadata, spec, status: {} });

describe('quotaUsage', () => {
  it.each([
    {
      name: 'a pod',
      pod: pod({}),
      want: {
        'count/pods': '1',
        pods: '1',
        cpu: '100m',
        memory: '64Mi',
        'requests.cpu': '100m',
        'requests.memory': '64Mi',
        'limits.cpu': '100m',
      },
    },
    {
      name: 'the most an init container needs',
      pod: pod({ initContainers: [container('1')] }),
      want: { cpu: '1', memory: '64Mi', 'limits.cpu': '1' },
    },
    {
      name: 'side cars beside the containers',
      pod: pod({ initContainers: [{ ...container('50m'), restartPolicy: 'Always' }] }),
      want: { cpu: '150m' },
    },
    {
      name: 'the overhead of the runtime',
      pod: pod({ overhead: { cpu: '10m', memory: '1Mi' } }),
      want: { cpu: '110m', memory: '65Mi', 'limits.cpu': '110m' },
    },
  ])('$name', ({ pod: given, want }) => {
    expect(quotaUsage(podKind, given)).toMatchObject(want);
  });

  it('counts a pod that has ended as an object only', () => {
    expect(quotaUsage(podKind, pod({}, 'Succeeded'))).toEqual({ 'count/pods': '1' });
  });

  it('counts services by what they take, and other kinds by number', () => {
    const service: Service = { metadata, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] }, status: {} };
    expect(quotaUsage(serviceKind, service)).toEqual({ 'count/services': '1', services: '1', 'services.nodeports': '1' });
    expect(quotaUsage(findKindOf('v1', 'Secret')!, { metadata })).toEqual({ 'count/secrets': '1', secrets: '1' });
    expect(quotaUsage(findKindOf('apps/v1', 'Deployment')!, { metadata })).toEqual({ 'count/deployments.apps': '1' });
  });
});

describe('quotaCovers', () => {
  it.each([
    { name: 'everything without scopes', spec: {}, pod: pod({}), want: true },
    { name: 'pods that end', spec: { scopes: ['Terminating'] }, pod: pod({ activeDeadlineSeconds: 5 }), want: true },
    { name: 'not those that run for ever', spec: { scopes: ['Terminating'] }, pod: pod({}), want: false },
    { name: 'pods that ask for nothing', spec: { scopes: ['BestEffort'] }, pod: pod({ containers: [{ name: 'c' }] }), want: true },
    { name: 'only what all scopes mean', spec: { scopes: ['NotBestEffort', 'Terminating'] }, pod: pod({}), want: false },
    {
      name: 'pods of a class',
      spec: { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
      pod: pod({ priorityClassName: 'high' }),
      want: true,
    },
  ])('$name', ({ spec, pod: given, want }) => {
    expect(quotaCovers(quota(spec), podKind, given)).toBe(want);
  });
});

describe('usedOf', () => {
  it('sums what is limited, and nothing else', () => {
    const usages = [pod({}), pod({})].map(given => quotaUsage(podKind, given));
    expect(usedOf({ pods: '5', 'requests.cpu': '1', 'limits.memory': '1Gi' }, usages)).toEqual({
      pods: '2',
      'requests.cpu': '200m',
      'limits.memory': '0',
    });
  });
});
