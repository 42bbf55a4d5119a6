import { startTestServer, type Replied, type TestServer, type Transport } from './testing/transports.ts';

let server: TestServer;
beforeAll(async () => (server = await startTestServer()));
afterAll(() => server[Symbol.asyncDispose]());

const configMap = (name: string, extra: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...extra });
const place = { resource: 'configmaps', namespace: 'default' } as const;
type Meta = Record<string, unknown> & { uid: string; resourceVersion: string };
const meta = ({ body }: Replied): Meta => body['metadata'] as Meta;
const names = ({ body }: Replied): string[] => (body['items'] as { metadata: { name: string } }[]).map(item => item.metadata.name);

describe.each(['handle', 'REST', 'gRPC'] as const)('the API over %s', transport => {
  const own = (name: string): string => `${transport.toLowerCase()}-${name}`;
  const ask: Transport = asked => server.transports[transport](asked);

  it('creates, reads, updates, patches and deletes', async () => {
    const name = own('life');
    const created = await ask({ ...place, verb: 'create', body: configMap(name, { data: { a: '1' } }) });
    expect(created).toMatchObject({ code: 201, body: { kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { a: '1' } } });
    expect(await ask({ ...place, verb: 'get', name })).toEqual({ ...created, code: 200 });
    const updated = await ask({ ...place, verb: 'update', name, body: configMap(name, { data: { a: '2' } }) });
    expect(updated).toMatchObject({ code: 200, body: { data: { a: '2' } } });
    expect(Number(meta(updated).resourceVersion)).toBeGreaterThan(Number(meta(created).resourceVersion));
    const patch = { data: { b: '3' } };
    const patched = await ask({ ...place, verb: 'patch', name, body: patch, contentType: 'application/merge-patch+json' });
    expect(patched.body['data']).toEqual({ a: '2', b: '3' });
    expect(await ask({ ...place, verb: 'delete', name })).toMatchObject({
      code: 200,
      body: { kind: 'Status', status: 'Success', details: { uid: meta(created).uid } },
    });
    expect(await ask({ ...place, verb: 'get', name })).toMatchObject({
      code: 404,
      body: { reason: 'NotFound', message: `configmaps "${name}" not found` },
    });
  });

  it('makes up names, and says no to a name that is taken', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: own('made-') } };
    const [one, two] = await Promise.all([ask({ ...place, verb: 'create', body }), ask({ ...place, verb: 'create', body })]);
    expect(meta(one)['name']).toMatch(/-made-[a-z0-9]{5}$/);
    expect(meta(one)['name']).not.toBe(meta(two)['name']);
    expect(await ask({ ...place, verb: 'create', body: configMap(meta(one)['name'] as string) })).toMatchObject({
      code: 409,
      body: { reason: 'AlreadyExists' },
    });
  });

  it('leaves nothing behind after a dry run', async () => {
    const name = own('dry');
    expect(await ask({ ...place, verb: 'create', body: configMap(name), options: { dryRun: 'All' } })).toMatchObject({ code: 201 });
    expect((await ask({ ...place, verb: 'get', name })).code).toBe(404);
  });

  it('pages through one state of a list, and refuses a wrong token', async () => {
    const labels = { page: transport.toLowerCase() };
    for (const letter of ['a', 'b', 'c'])
      await ask({ ...place, verb: 'create', body: { ...configMap(own(letter)), metadata: { name: own(letter), labels } } });
    const options = { labelSelector: `page=${labels.page}`, limit: '2' };
    const first = await ask({ ...place, verb: 'list', options });
    expect(names(first)).toEqual([own('a'), own('b')]);
    await ask({ ...place, verb: 'delete', name: own('c') });
    const second = await ask({ ...place, verb: 'list', options: { ...options, continue: meta(first)['continue'] as string } });
    expect(names(second)).toEqual([own('c')]);
    expect(meta(second).resourceVersion).toBe(meta(first).resourceVersion);
    const exact = { labelSelector: options.labelSelector, resourceVersion: meta(first).resourceVersion, resourceVersionMatch: 'Exact' };
    expect(names(await ask({ ...place, verb: 'list', options: exact }))).toHaveLength(3);
    expect(await ask({ ...place, verb: 'list', options: { ...options, continue: 'nonsense' } })).toMatchObject({
      code: 400,
      body: { reason: 'BadRequest' },
    });
    expect(await ask({ ...place, verb: 'deletecollection', options: { labelSelector: options.labelSelector } })).toMatchObject({
      code: 200,
    });
    expect(names(await ask({ ...place, verb: 'list', options: { labelSelector: options.labelSelector } }))).toEqual([]);
  });

  it('keeps what has finalizers until they are gone', async () => {
    const name = own('held');
    await ask({ ...place, verb: 'create', body: { ...configMap(name), metadata: { name, finalizers: ['example.com/hold'] } } });
    expect(await ask({ ...place, verb: 'delete', name })).toMatchObject({
      code: 200,
      body: { metadata: { deletionTimestamp: expect.any(String) } },
    });
    const patch = { contentType: 'application/merge-patch+json', verb: 'patch', name, ...place } as const;
    expect(await ask({ ...patch, body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } } })).toMatchObject({
      code: 422,
    });
    await ask({ ...patch, body: { metadata: { finalizers: null } } });
    expect((await ask({ ...place, verb: 'get', name })).code).toBe(404);
  });

  it('writes on a condition: version, uid', async () => {
    const name = own('conditional');
    const created = await ask({ ...place, verb: 'create', body: configMap(name) });
    const stale = { ...configMap(name), metadata: { name, resourceVersion: '1' } };
    expect(await ask({ ...place, verb: 'update', name, body: stale })).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      },
    });
    const wrong = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } };
    expect(await ask({ ...place, verb: 'delete', name, body: wrong })).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    expect((await ask({ ...place, verb: 'delete', name, body: { ...wrong, preconditions: { uid: meta(created).uid } } })).code).toBe(200);
  });

  it('shows scale as a part of its own', async () => {
    const name = own('app');
    const at = { resource: 'apps/v1/deployments', namespace: 'default', name };
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { replicas: 1, selector: { matchLabels: { app: name } }, template };
    expect(
      (await ask({ ...at, name: '', verb: 'create', body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec } })).code,
    ).toBe(201);
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace: 'default' }, spec: { replicas: 5 } };
    expect(await ask({ ...at, subresource: 'scale', verb: 'update', body: scale })).toMatchObject({
      code: 200,
      body: { spec: { replicas: 5 } },
    });
    expect(await ask({ ...at, verb: 'get' })).toMatchObject({ body: { spec: { replicas: 5 }, metadata: { generation: 2 } } });
  });

  it.each([
    {
      mode: 'Strict',
      want: {
        code: 400,
        body: { message: expect.stringContaining('strict decoding error: duplicate field "data.a", unknown field "foo"') },
      },
    },
    { mode: 'Warn', want: { code: 201, warnings: ['duplicate field "data.a"', 'unknown field "foo"'] } },
    { mode: 'Ignore', want: { code: 201, warnings: [] } },
  ])('takes unknown and duplicate fields as fieldValidation=$mode says', async ({ mode, want }) => {
    const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${own(mode.toLowerCase())}"},"data":{"a":"1","a":"2"},"foo":1}`;
    expect(await ask({ ...place, verb: 'create', body, options: { fieldValidation: mode } })).toMatchObject(want);
  });
});
