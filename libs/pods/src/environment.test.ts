import type { Container, Service } from '@steersman/types';
import { environmentSources, resolveEnvironment } from './environment.ts';
import { serviceEnvironment } from './service-environment.ts';
import { container, pod } from './test-pods.ts';

const resolve = (more: Partial<Container>) => {
  const result = resolveEnvironment({
    pod: { ...pod({ serviceAccountName: 'robot' }, { labels: { app: 'web' } }), status: { podIP: '10.0.0.2' } },
    container: container('web', more),
    configMaps: name => (name === 'settings' ? { color: 'red', size: '3' } : undefined),
    secrets: name => (name === 'keys' ? { password: 's3cret' } : undefined),
    services: new Map([['DB_SERVICE_HOST', '10.96.0.7']]),
    allocatable: { cpu: '2', memory: '1Gi' },
  });
  return result.ok ? Object.fromEntries(result.variables) : result.message;
};
const DB = { DB_SERVICE_HOST: '10.96.0.7' };

describe('resolveEnvironment', () => {
  it.each<{ name: string; env: Partial<Container>; want: unknown }>([
    {
      name: 'plain values, one from another',
      env: {
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', value: '$(A)-$(A)' },
        ],
      },
      want: { ...DB, A: 'x', B: 'x-x' },
    },
    {
      name: 'service variables',
      env: { env: [{ name: 'URL', value: 'tcp://$(DB_SERVICE_HOST)' }] },
      want: { ...DB, URL: 'tcp://10.96.0.7' },
    },
    {
      name: 'what is defined later stays a reference',
      env: {
        env: [
          { name: 'B', value: '$(A)' },
          { name: 'A', value: 'x' },
        ],
      },
      want: { ...DB, A: 'x', B: '$(A)' },
    },
    { name: 'escaped dollars', env: { env: [{ name: 'A', value: '$$(A) $(NONE)' }] }, want: { ...DB, A: '$(A) $(NONE)' } },
    {
      name: 'whole config maps, with a prefix',
      env: { envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }] },
      want: { ...DB, S_color: 'red', S_size: '3' },
    },
    {
      name: 'one key of each',
      env: {
        env: [
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
          { name: 'P', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } },
        ],
      },
      want: { ...DB, C: 'red', P: 's3cret' },
    },
    {
      name: 'fields of the pod',
      env: {
        env: [
          { name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'SA', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
        ],
      },
      want: { ...DB, N: 'p', L: 'web', IP: '10.0.0.2', SA: 'robot' },
    },
    {
      name: 'resources, or those of the node',
      env: {
        resources: { limits: { cpu: '1500m' } },
        env: [
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          { name: 'MILLI', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        ],
      },
      want: { ...DB, CPU: '2', MILLI: '1500', MEM: '1024' },
    },
    {
      name: 'optional things that are missing are left out',
      env: {
        envFrom: [{ configMapRef: { name: 'none', optional: true } }],
        env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'none', optional: true } } }],
      },
      want: DB,
    },
    { name: 'a missing config map', env: { envFrom: [{ configMapRef: { name: 'none' } }] }, want: 'configmap "none" not found' },
    {
      name: 'a missing secret',
      env: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'a' } } }] },
      want: 'secret "none" not found',
    },
    {
      name: 'a missing key',
      env: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] },
      want: "couldn't find key a in Secret ns/keys",
    },
  ])('$name', ({ env, want }) => {
    expect(resolve(env)).toEqual(want);
  });
});

describe('environmentSources', () => {
  it('names what has to be read', () => {
    expect(
      environmentSources(
        container('web', {
          envFrom: [{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b' } }],
          env: [
            { name: 'X', valueFrom: { configMapKeyRef: { name: 'a', key: 'k' } } },
            { name: 'Y', value: '1' },
          ],
        }),
      ),
    ).toEqual({ configMaps: ['a'], secrets: ['b'] });
  });
});

describe('serviceEnvironment', () => {
  it('has the variables of docker links', () => {
    const service = {
      metadata: { name: 'my-db' },
      spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
    } as unknown as Service;
    expect(Object.fromEntries(serviceEnvironment([service]))).toEqual({
      MY_DB_SERVICE_HOST: '10.96.0.7',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_SERVICE_PORT_SQL: '5432',
      MY_DB_PORT: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP_PROTO: 'tcp',
      MY_DB_PORT_5432_TCP_PORT: '5432',
      MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
    });
  });

  it('leaves out services without an address', () => {
    const headless = { metadata: { name: 'db' }, spec: { clusterIP: 'None', ports: [{ port: 1 }] } } as unknown as Service;
    expect(serviceEnvironment([headless]).size).toBe(0);
  });
});
