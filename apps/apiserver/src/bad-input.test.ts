import { startTestServer, type Asked, type TestServer } from './testing/transports.ts';

let server: TestServer;
beforeAll(async () => (server = await startTestServer(['--max-requests-inflight', '50'])));
afterAll(() => server[Symbol.asyncDispose]());

const place = { verb: 'create', resource: 'configmaps', namespace: 'default' } as const;
const configMap = (metadata: object, extra: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...extra });
const nested = (depth: number): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
const YAML = { contentType: 'application/yaml' } as const;
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
].join('\n');

const REFUSALS: readonly {
  readonly name: string;
  readonly asked: Partial<Asked>;
  readonly code: number;
  readonly reason: string;
  readonly says: string | RegExp;
}[] = [
  { name: 'broken JSON', asked: { body: '{"apiVersion": "v1", ' }, code: 400, reason: 'BadRequest', says: 'json parse error' },
  { name: 'an empty body', asked: { body: '' }, code: 400, reason: 'BadRequest', says: 'json parse error' },
  { name: 'JSON that is no object', asked: { body: '[1, 2]' }, code: 400, reason: 'BadRequest', says: 'cannot unmarshal array' },
  { name: 'null', asked: { body: 'null' }, code: 400, reason: 'BadRequest', says: 'cannot unmarshal null' },
  { name: 'broken YAML', asked: { ...YAML, body: 'a: [1, 2\nb: }' }, code: 400, reason: 'BadRequest', says: 'yaml parse error' },
  { name: 'YAML with aliases that explode', asked: { ...YAML, body: bomb }, code: 400, reason: 'BadRequest', says: /alias/i },
  { name: 'deeply nested JSON', asked: { body: nested(100_000) }, code: 400, reason: 'BadRequest', says: 'exceeded max depth' },
  {
    name: 'deeply nested YAML',
    asked: { ...YAML, body: `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}` },
    code: 400,
    reason: 'BadRequest',
    says: /nested too deeply|exceeded max depth/,
  },
  {
    name: 'a text for a map',
    asked: { body: configMap({ name: 'x' }, { data: 'text' }) },
    code: 400,
    reason: 'BadRequest',
    says: 'cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
  },
  {
    name: 'another kind',
    asked: { body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } } },
    code: 400,
    reason: 'BadRequest',
    says: 'Secret in version "v1" cannot be handled as a ConfigMap',
  },
  {
    name: 'another version',
    asked: { body: { apiVersion: 'v9', kind: 'ConfigMap', metadata: { name: 'x' } } },
    code: 400,
    reason: 'BadRequest',
    says: 'does not match the expected API version (v1)',
  },
  {
    name: 'an unknown media type',
    asked: { contentType: 'text/html', body: '<p>' },
    code: 415,
    reason: 'UnsupportedMediaType',
    says: 'accepted media types include',
  },
  {
    name: 'protobuf that is none',
    asked: { contentType: 'application/vnd.kubernetes.protobuf', body: Buffer.from('k8s\0\xff\xff\xff\xff') },
    code: 400,
    reason: 'BadRequest',
    says: 'the protobuf body cannot be read',
  },
  { name: 'no name', asked: { body: configMap({}) }, code: 422, reason: 'Invalid', says: 'name or generateName is required' },
  {
    name: 'a name in capitals',
    asked: { body: configMap({ name: 'UPPER' }) },
    code: 422,
    reason: 'Invalid',
    says: 'a lowercase RFC 1123 subdomain must consist of',
  },
  {
    name: 'a name that is too long',
    asked: { body: configMap({ name: 'x'.repeat(254) }) },
    code: 422,
    reason: 'Invalid',
    says: 'must be no more than 253',
  },
  {
    name: 'a label that is none',
    asked: { body: configMap({ name: 'x', labels: { a: 'b c' } }) },
    code: 422,
    reason: 'Invalid',
    says: 'a valid label must be an empty string or consist of alphanumeric characters',
  },
  {
    name: 'another namespace than the address',
    asked: { body: configMap({ name: 'x', namespace: 'other' }) },
    code: 400,
    reason: 'BadRequest',
    says: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'a namespace that is not there',
    asked: { namespace: 'nowhere', body: configMap({ name: 'x' }) },
    code: 404,
    reason: 'NotFound',
    says: 'namespaces "nowhere" not found',
  },
  {
    name: 'a resourceVersion on create',
    asked: { body: configMap({ name: 'x', resourceVersion: '5' }) },
    code: 400,
    reason: 'BadRequest',
    says: 'resourceVersion should not be set on objects to be created',
  },
  {
    name: 'an object above 1.5 MiB',
    asked: { resource: 'secrets', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', annotations: {} }, data: {} } },
    code: 400,
    reason: 'BadRequest',
    says: 'cannot be handled as a Secret',
  },
  {
    name: 'a label selector that is none',
    asked: { verb: 'list', options: { labelSelector: 'a in (' } },
    code: 400,
    reason: 'BadRequest',
    says: /selector|unable to parse/i,
  },
  {
    name: 'a field that cannot be selected',
    asked: { verb: 'list', options: { fieldSelector: 'spec.foo=1' } },
    code: 400,
    reason: 'BadRequest',
    says: /^field label not supported: spec.foo$/,
  },
  {
    name: 'a limit that is no number',
    asked: { verb: 'list', options: { limit: 'ten' } },
    code: 400,
    reason: 'BadRequest',
    says: 'limit: Invalid value: "ten"',
  },
  {
    name: 'a resourceVersion that is none',
    asked: { verb: 'list', options: { resourceVersion: 'abc' } },
    code: 400,
    reason: 'BadRequest',
    says: 'resourceVersion: Invalid value: "abc"',
  },
  {
    name: 'resourceVersionMatch without a version',
    asked: { verb: 'list', options: { resourceVersionMatch: 'Exact' } },
    code: 422,
    reason: 'Invalid',
    says: 'resourceVersionMatch is forbidden unless resourceVersion is provided',
  },
  {
    name: 'a version of the future',
    asked: { verb: 'list', options: { resourceVersion: '99999999', resourceVersionMatch: 'Exact' } },
    code: 504,
    reason: 'Timeout',
    says: 'Too large resource version',
  },
  {
    name: 'a patch of an unknown type',
    asked: { verb: 'patch', name: 'kube-root', contentType: 'application/json', body: '{}' },
    code: 415,
    reason: 'UnsupportedMediaType',
    says: 'application/strategic-merge-patch+json',
  },
  {
    name: 'a dry run of another kind',
    asked: { body: configMap({ name: 'x' }), options: { dryRun: 'Some' } },
    code: 422,
    reason: 'Invalid',
    says: 'supported values: "All"',
  },
  {
    name: 'a grace period below zero',
    asked: { verb: 'delete', name: 'x', options: { gracePeriodSeconds: '-1' } },
    code: 400,
    reason: 'BadRequest',
    says: 'gracePeriodSeconds',
  },
];

describe.each(['handle', 'REST', 'gRPC'] as const)('bad input over %s', transport => {
  it.each(REFUSALS)(
    'refuses $name',
    async ({ asked, code, reason, says }) => {
      const { body, ...answer } = await server.transports[transport]({ ...place, ...asked });
      expect(body).toMatchObject({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason,
        code,
        message: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
      });
      expect(answer.code).toBe(code);
    },
    20_000,
  );

  it('keeps a key called __proto__ as any other', async () => {
    const name = `proto-${transport.toLowerCase()}`;
    const body = `{"apiVersion":"v1","kind":"ConfigMap","__proto__":{"polluted":true},"metadata":{"name":"${name}","labels":{"constructor":"x"}},"data":{"__proto__":"kept"}}`;
    const { code } = await server.transports[transport]({ ...place, body });
    expect(code).toBe(201);
    const patch = '{"data":{"constructor":"also"}}';
    const patched = await server.transports[transport]({
      ...place,
      verb: 'patch',
      name,
      body: patch,
      contentType: 'application/merge-patch+json',
    });
    expect(JSON.stringify(patched.body['data'])).toBe('{"__proto__":"kept","constructor":"also"}');
    expect('polluted' in {}).toBe(false);
  });
});

describe('bad input on the wire', () => {
  const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
  const json = { 'content-type': 'application/json' };
  const tooLarge = (bytes: number): string => JSON.stringify(configMap({ name: 'large', annotations: { a: 'x'.repeat(bytes) } }));

  it.each([
    {
      name: 'a body above 3 MiB',
      path: CONFIG_MAPS,
      options: { method: 'POST', headers: json, body: tooLarge(3 * 2 ** 20) },
      code: 413,
      says: 'Request entity too large: limit is 3145728',
    },
    {
      name: 'an unknown resource',
      path: '/api/v1/nothings',
      options: {},
      code: 404,
      says: 'the server could not find the requested resource',
    },
    {
      name: 'a method that is not there',
      path: `${CONFIG_MAPS}/x`,
      options: { method: 'TRACE' },
      code: 405,
      says: 'the server does not allow this method on the requested resource',
    },
    {
      name: 'an answer nobody can write',
      path: CONFIG_MAPS,
      options: { headers: { accept: 'image/png' } },
      code: 406,
      says: 'only the following media types are accepted',
    },
    { name: 'a broken percent escape', path: '/api/v1/namespaces/default/configmaps/%zz', options: {}, code: 404, says: 'not found' },
    {
      name: 'a token nobody gave',
      path: CONFIG_MAPS,
      options: { headers: { authorization: 'Bearer nonsense' } },
      code: 401,
      says: 'Unauthorized',
    },
  ])('refuses $name', async ({ path, options, code, says }) => {
    const answer = await server.raw(path, options);
    expect(answer.code).toBe(code);
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', status: 'Failure', code, message: expect.stringContaining(says) });
  });

  it.each([
    { path: '/livez', code: 200, want: /^ok$/ },
    { path: '/readyz?verbose', code: 200, want: /^\[\+\]ping ok\n\[\+\]etcd ok\n[^]*readyz check passed\n$/ },
    { path: '/readyz?verbose&exclude=ping', code: 200, want: /\[\+\]ping excluded: ok/ },
    { path: '/readyz/etcd', code: 200, want: /^ok$/ },
    { path: '/livez/nothing', code: 404, want: /could not find/ },
    { path: '/metrics', code: 200, want: /apiserver_request_total\{/ },
  ])('answers $path', async ({ path, code, want }) => {
    const answer = await server.raw(path);
    expect(answer.code).toBe(code);
    expect(answer.text).toMatch(want);
  });

  it('sends a document once to who remembers its ETag', async () => {
    const first = await server.raw('/openapi/v3');
    expect(first.headers.etag).toMatch(/^"[0-9A-F]+"$/);
    const again = await server.raw('/openapi/v3', { headers: { 'if-none-match': first.headers.etag ?? '' } });
    expect({ code: again.code, text: again.text }).toEqual({ code: 304, text: '' });
  });
});
