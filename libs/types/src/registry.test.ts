import { invalid } from './field-error.ts';
import type { ApiObject } from './meta.ts';
import { findKind, findKindOf, KINDS } from './registry.ts';
import { normalize } from './schema/normalize.ts';
import { schemaOf } from './schema/schema.ts';
import { validateMetadata } from './validation/metadata.ts';

const TEMPLATE = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'busybox:1' }] } };
const WORKLOAD = { spec: { selector: { matchLabels: { app: 'a' } }, template: TEMPLATE } };

const MINIMAL: Readonly<Record<string, object>> = {
  Pod: { spec: { containers: [{ name: 'main', image: 'busybox' }] } },
  Service: { spec: { ports: [{ port: 80 }] } },
  PodTemplate: { template: TEMPLATE },
  RuntimeClass: { handler: 'runc' },
  EndpointSlice: { addressType: 'IPv4' },
  Ingress: { spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
  IngressClass: { spec: { controller: 'example.com/ingress' } },
  IPAddress: { metadata: { name: '10.96.0.1' }, spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } } },
  ServiceCIDR: { spec: { cidrs: ['10.96.0.0/16'] } },
  Deployment: WORKLOAD,
  ReplicaSet: WORKLOAD,
  StatefulSet: WORKLOAD,
  CronJob: { spec: { schedule: '@daily', jobTemplate: { spec: { template: { spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } } } } },
  Job: { spec: { template: { spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } } },
  DaemonSet: WORKLOAD,
  ControllerRevision: { data: {}, revision: 1 },
  ReplicationController: { spec: { template: TEMPLATE } },
  RoleBinding: { roleRef: { kind: 'Role', name: 'reader' } },
  ClusterRoleBinding: { roleRef: { kind: 'ClusterRole', name: 'reader' } },
  SubjectAccessReview: { spec: { user: 'lea', resourceAttributes: { verb: 'get', resource: 'pods' } } },
  LocalSubjectAccessReview: { spec: { user: 'lea', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } } },
  SelfSubjectAccessReview: { spec: { nonResourceAttributes: { verb: 'get', path: '/metrics' } } },
  TokenReview: { spec: { token: 'secret' } },
  CertificateSigningRequest: {
    spec: {
      request: btoa('-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
    },
  },
  Event: { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' } },
};

describe.each(KINDS.map(kind => ({ kind, name: kind.kind })))('$name', ({ kind }) => {
  const minimal = (): ApiObject => {
    const metadata = {
      name: 'web',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(kind.scope === 'Namespaced' && { namespace: 'default' }),
    };
    return normalize(kind.schema, { metadata, ...MINIMAL[kind.kind] }).object as unknown as ApiObject;
  };

  it('is found by resource and by its own name', () => {
    expect(findKind(kind)).toBe(kind);
    expect(findKindOf(kind.group ? `${kind.group}/${kind.version}` : kind.version, kind.kind)).toBe(kind);
    expect(schemaOf(kind.schema).topLevel).toBe(true);
  });

  it('accepts its smallest object, whose defaults are stable and known to the schema', () => {
    const object = minimal();
    kind.prepareForCreate?.(object, { now: new Date() });
    kind.defaults?.(object);
    expect([...validateMetadata(kind, object), ...(kind.validate?.(object) ?? [])]).toEqual([]);
    const once = structuredClone(object);
    kind.defaults?.(object);
    expect(object).toEqual(once);
    expect(normalize(kind.schema, object).unknownFields).toEqual([]);
    expect(kind.validateUpdate?.(object, once) ?? []).toEqual([]);
  });

  it('prints every column and reads every selectable field of its smallest object', () => {
    const object = minimal();
    for (const column of kind.columns) expect(column.value(object, { now: new Date() })).toBeDefined();
    for (const read of Object.values(kind.selectableFields ?? {})) expect(typeof read(object)).toBe('string');
  });
});

it('answers a bad name and a bad port of a pod with both causes', () => {
  const kind = findKindOf('v1', 'Pod')!;
  const pod = normalize('V1Pod', {
    metadata: { name: 'Bad_Name', namespace: 'default' },
    spec: { containers: [{ name: 'a', image: 'b', ports: [{ containerPort: 70_000 }] }] },
  }).object as unknown as ApiObject;
  kind.defaults?.(pod);
  const error = invalid(kind, 'Bad_Name', [...validateMetadata(kind, pod), ...(kind.validate?.(pod) ?? [])]);
  expect(error.details?.causes).toEqual([
    {
      reason: 'FieldValueInvalid',
      field: 'metadata.name',
      message: expect.stringContaining('Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of'),
    },
    {
      reason: 'FieldValueInvalid',
      field: 'spec.containers[0].ports[0].containerPort',
      message: 'Invalid value: 70000: must be between 1 and 65535, inclusive',
    },
  ]);
  expect(error.message).toMatch(
    /^Pod "Bad_Name" is invalid: \[metadata\.name: Invalid value: .*, spec\.containers\[0\]\.ports\[0\]\.containerPort: Invalid value: 70000/,
  );
});
