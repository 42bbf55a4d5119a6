import { KINDS, findKindOf, loadDescriptions, type ApiObject } from '@steersman/types';
import { decodeBody } from './body.ts';
import { aggregatedDiscovery, apiGroupList, apiResourceList } from './discovery.ts';
import { encodeGnostic } from './openapi/gnostic.ts';
import { openApiV2 } from './openapi/v2.ts';
import { openApiV3 } from './openapi/v3.ts';
import { columnsOf, tableRow } from './table.ts';

const bytes = (...parts: (number | string | number[])[]): number[] =>
  parts.flatMap(part => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part));
const field = (number: number, body: number[] | string): number[] => {
  const content = bytes(body);
  return [number * 8 + 2, content.length, ...content];
};
const number = (at: number, value: number): number[] => [at * 8, value];

function envelope(apiVersion: string, kind: string, raw: number[]): Uint8Array {
  return Uint8Array.from(bytes('k8s', 0, field(1, bytes(field(1, apiVersion), field(2, kind))), field(2, raw)));
}

describe('decodeBody', () => {
  it('reads a protobuf deployment as client-go sends it', () => {
    const container = bytes(
      field(1, 'main'),
      field(2, 'busybox:1'),
      field(8, field(1, bytes(field(1, 'cpu'), field(2, field(1, '500m'))))),
      field(5, ''),
      field(6, bytes(field(1, ''), number(2, 0), number(3, 80))),
    );
    const template = bytes(
      field(1, bytes(field(11, bytes(field(1, 'app'), field(2, 'web'))), field(8, []))),
      field(2, field(2, container)),
    );
    const spec = bytes(
      number(1, 0),
      field(2, field(1, bytes(field(1, 'app'), field(2, 'web')))),
      field(3, template),
      field(4, bytes(field(2, bytes(field(1, bytes(number(1, 1), number(2, 0), field(3, '25%'))))))),
    );
    const body = envelope(
      'apps/v1',
      'Deployment',
      bytes(field(1, bytes(field(1, 'web'), field(3, ''), field(8, []))), field(2, spec), field(3, [])),
    );
    expect(decodeBody({ body, contentType: 'application/vnd.kubernetes.protobuf', schema: 'V1Deployment' }).json).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [{ name: 'main', image: 'busybox:1', resources: { limits: { cpu: '500m' } }, ports: [{ containerPort: 80 }] }],
          },
        },
        strategy: { rollingUpdate: { maxUnavailable: '25%' } },
      },
      status: {},
    });
  });

  it('flattens what Go embeds', () => {
    const volume = bytes(field(1, 'data'), field(2, field(2, [])));
    const body = envelope('v1', 'Pod', bytes(field(2, field(1, volume))));
    expect(decodeBody({ body, contentType: 'application/vnd.kubernetes.protobuf', schema: 'V1Pod' }).json).toMatchObject({
      spec: { volumes: [{ name: 'data', emptyDir: {} }] },
    });
  });

  it.each([
    { name: 'JSON without a content type', contentType: undefined, text: '{"kind":"Pod"}' },
    { name: 'JSON with a charset', contentType: 'application/json; charset=utf-8', text: '{"kind":"Pod"}' },
    { name: 'YAML', contentType: 'application/yaml', text: 'kind: Pod' },
  ])('reads $name', ({ contentType, text }) => {
    expect(decodeBody({ body: new TextEncoder().encode(text), contentType, schema: 'V1Pod' }).json).toEqual({ kind: 'Pod' });
  });

  it.each([
    { name: 'broken JSON', contentType: 'application/json', body: '{', reason: 'BadRequest' },
    { name: 'a cut protobuf', contentType: 'application/vnd.kubernetes.protobuf', body: 'k8s\0\n\x10', reason: 'BadRequest' },
    { name: 'no protobuf at all', contentType: 'application/vnd.kubernetes.protobuf', body: '{}', reason: 'BadRequest' },
    { name: 'a form', contentType: 'multipart/form-data', body: '', reason: 'UnsupportedMediaType' },
  ])('refuses $name', ({ contentType, body, reason }) => {
    expect(() => decodeBody({ body: new TextEncoder().encode(body), contentType, schema: 'V1Pod' }).json).toThrow(
      expect.objectContaining({ reason }),
    );
  });
});

describe('tables', () => {
  it.each([
    { kind: ['v1', 'Pod'], columns: ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'] },
    {
      kind: ['v1', 'Node'],
      columns: [
        'Name',
        'Status',
        'Roles',
        'Age',
        'Version',
        'Internal-IP',
        'External-IP',
        'OS-Image',
        'Kernel-Version',
        'Container-Runtime',
      ],
    },
    { kind: ['v1', 'Service'], columns: ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', 'Selector'] },
    { kind: ['apps/v1', 'Deployment'], columns: ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector'] },
    {
      kind: ['v1', 'Event'],
      columns: ['Last Seen', 'Type', 'Reason', 'Object', 'Subobject', 'Source', 'Message', 'First Seen', 'Count', 'Name'],
    },
    { kind: ['v1', 'ConfigMap'], columns: ['Name', 'Data', 'Age'] },
  ])('$kind', ({ kind: [apiVersion = '', name = ''], columns }) => {
    expect(columnsOf(findKindOf(apiVersion, name)!).map(column => column.name)).toEqual(columns);
  });

  it('shows the age and carries what was asked for', () => {
    const object = { metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }, data: { x: 'y' } } as unknown as ApiObject;
    const row = tableRow(findKindOf('v1', 'ConfigMap')!, object, { now: new Date('2026-01-01T00:03:00Z'), includeObject: 'Metadata' });
    expect(row).toEqual({
      cells: ['a', '1', '3m'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    });
  });
});

describe('discovery', () => {
  it('names every kind once, old and new', () => {
    const core = apiResourceList(KINDS, { group: '', version: 'v1' }) as { resources: { name: string }[] };
    const names = core.resources.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['pods', 'pods/status', 'pods/log', 'pods/exec', 'pods/binding', 'nodes', 'namespaces/finalize']),
    );
    expect(new Set(names).size).toBe(names.length);
    const served = KINDS.filter(({ group }) => ['apps', 'coordination.k8s.io'].includes(group));
    expect(apiGroupList(served)).toMatchObject({
      groups: [{ name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } }, { name: 'coordination.k8s.io' }],
    });
    const aggregated = aggregatedDiscovery(served, { core: false, version: 'v2' });
    expect(aggregated).toMatchObject({ items: [{ metadata: { name: 'apps' } }, {}] });
    expect(JSON.stringify(aggregated)).toContain(
      '"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"}',
    );
  });

  it('offers nothing but the asking of a question', () => {
    const reviews = apiResourceList(KINDS, { group: 'authorization.k8s.io', version: 'v1' });
    expect(reviews).toMatchObject({ resources: [{ name: 'localsubjectaccessreviews', namespaced: true, verbs: ['create'] }, {}, {}, {}] });
  });
});

describe('OpenAPI', () => {
  it('leads to every type it refers to', async () => {
    const descriptions = await loadDescriptions();
    const document = openApiV2({ kinds: KINDS, descriptions, version: 'v1' });
    const references = JSON.stringify(document).match(/"#\/definitions\/[^"]+"/g) ?? [];
    const missing = new Set(
      references.map(reference => reference.slice('"#/definitions/'.length, -1)).filter(name => !(name in document.definitions)),
    );
    expect([...missing]).toEqual([]);
    expect(document.definitions['io.k8s.api.core.v1.PodSpec']).toMatchObject({
      properties: { containers: { 'x-kubernetes-patch-merge-key': 'name' } },
    });
    expect(encodeGnostic(document).length).toBeGreaterThan(100_000);
  });

  it('tells clients that the server validates fields', async () => {
    const document = openApiV3({ kinds: KINDS, descriptions: await loadDescriptions(), version: 'v1', name: 'apis/apps/v1' });
    expect(document).toMatchObject({
      paths: {
        '/apis/apps/v1/namespaces/{namespace}/deployments/{name}': {
          patch: {
            'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
            parameters: expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation' })]),
          },
        },
      },
    });
  });
});
