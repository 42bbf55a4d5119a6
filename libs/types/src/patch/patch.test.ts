import fc from 'fast-check';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

describe('applyJsonPatch', () => {
  const document = { a: { b: [1, 2, 3] }, 'x/y': 'z' };
  it.each([
    { name: 'add to an object', patch: [{ op: 'add', path: '/a/c', value: 1 }], result: { a: { b: [1, 2, 3], c: 1 }, 'x/y': 'z' } },
    { name: 'insert into a list', patch: [{ op: 'add', path: '/a/b/1', value: 9 }], result: { a: { b: [1, 9, 2, 3] }, 'x/y': 'z' } },
    { name: 'append to a list', patch: [{ op: 'add', path: '/a/b/-', value: 9 }], result: { a: { b: [1, 2, 3, 9] }, 'x/y': 'z' } },
    { name: 'remove from a list', patch: [{ op: 'remove', path: '/a/b/0' }], result: { a: { b: [2, 3] }, 'x/y': 'z' } },
    {
      name: 'replace under an escaped name',
      patch: [{ op: 'replace', path: '/x~1y', value: 0 }],
      result: { a: { b: [1, 2, 3] }, 'x/y': 0 },
    },
    { name: 'move', patch: [{ op: 'move', from: '/a/b', path: '/c' }], result: { a: {}, c: [1, 2, 3], 'x/y': 'z' } },
    { name: 'copy', patch: [{ op: 'copy', from: '/a/b/0', path: '/c' }], result: { a: { b: [1, 2, 3] }, c: 1, 'x/y': 'z' } },
    { name: 'a test that holds', patch: [{ op: 'test', path: '/a', value: { b: [1, 2, 3] } }], result: document },
    { name: 'the whole document', patch: [{ op: 'replace', path: '', value: { n: 1 } }], result: { n: 1 } },
  ])('$name', ({ patch, result }) => {
    expect(applyJsonPatch(document, patch)).toEqual(result);
    expect(document).toEqual({ a: { b: [1, 2, 3] }, 'x/y': 'z' });
  });

  it.each([
    { name: 'a failed test', patch: [{ op: 'test', path: '/a/b/0', value: 2 }], reason: 'Invalid' },
    { name: 'a missing path', patch: [{ op: 'remove', path: '/nothing' }], reason: 'Invalid' },
    { name: 'a place outside the list', patch: [{ op: 'add', path: '/a/b/7', value: 1 }], reason: 'Invalid' },
    { name: 'an unknown operation', patch: [{ op: 'increase', path: '/a' }], reason: 'BadRequest' },
    { name: 'no list', patch: { op: 'add' }, reason: 'BadRequest' },
    { name: 'a prototype', patch: [{ op: 'add', path: '/__proto__/polluted', value: 1 }], reason: 'Invalid' },
  ])('refuses $name', ({ patch, reason }) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('applyMergePatch', () => {
  it('removes by null, merges objects and replaces lists', () => {
    expect(applyMergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { a: null, b: { d: 3 }, e: [2] })).toEqual({ b: { c: 1, d: 3 }, e: [2] });
  });

  it('is idempotent', () => {
    const json = fc.object({ maxDepth: 3, values: [fc.string(), fc.integer(), fc.constant(null)] });
    fc.assert(
      fc.property(json, json, (document, patch) => {
        const once = applyMergePatch(document, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

describe('applyStrategicMergePatch', () => {
  const pod = {
    metadata: { name: 'web', finalizers: ['a', 'b'], labels: { app: 'web', tier: 'front' } },
    spec: {
      containers: [
        { name: 'main', image: 'v1', env: [{ name: 'A', value: '1' }], args: ['x'] },
        { name: 'side', image: 's1' },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
      tolerations: [{ key: 'one' }],
    },
  };
  const apply = (patch: object): unknown => applyStrategicMergePatch('V1Pod', pod, patch);

  it.each([
    {
      name: 'merges containers and their env by name',
      patch: { spec: { containers: [{ name: 'main', image: 'v2', env: [{ name: 'B', value: '2' }] }] } },
      expected: {
        spec: { containers: [{ name: 'main', image: 'v2', env: [{ name: 'A' }, { name: 'B' }], args: ['x'] }, { name: 'side' }] },
      },
    },
    {
      name: 'adds a container',
      patch: { spec: { containers: [{ name: 'new', image: 'n' }] } },
      expected: { spec: { containers: [{ name: 'main' }, { name: 'side' }, { name: 'new' }] } },
    },
    {
      name: 'deletes a container',
      patch: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } },
      expected: { spec: { containers: [{ name: 'main' }] } },
    },
    {
      name: 'replaces a list',
      patch: { spec: { containers: [{ name: 'only', image: 'o' }, { $patch: 'replace' }] } },
      expected: { spec: { containers: [{ name: 'only', image: 'o' }] } },
    },
    {
      name: 'replaces lists without a merge key',
      patch: { spec: { tolerations: [{ key: 'two' }] } },
      expected: { spec: { tolerations: [{ key: 'two' }] } },
    },
    { name: 'removes a map entry', patch: { metadata: { labels: { tier: null } } }, expected: { metadata: { labels: { app: 'web' } } } },
    {
      name: 'deletes from a list of strings',
      patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      expected: { metadata: { finalizers: ['b'] } },
    },
    {
      name: 'adds to a list of strings',
      patch: { metadata: { finalizers: ['b', 'c'] } },
      expected: { metadata: { finalizers: ['a', 'b', 'c'] } },
    },
    {
      name: 'keeps only the named keys',
      patch: { spec: { volumes: [{ name: 'data', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } },
      expected: { spec: { volumes: [{ name: 'data', hostPath: { path: '/x' } }] } },
    },
    {
      name: 'sets the order of elements',
      patch: { spec: { '$setElementOrder/containers': [{ name: 'side' }, { name: 'main' }], containers: [{ name: 'main', image: 'v2' }] } },
      expected: { spec: { containers: [{ name: 'side' }, { name: 'main', image: 'v2' }] } },
    },
    {
      name: 'replaces an object',
      patch: { metadata: { labels: { $patch: 'replace', only: 'me' } } },
      expected: { metadata: { labels: { only: 'me' } } },
    },
  ])('$name', ({ patch, expected }) => {
    const result = apply(patch);
    expect(result).toMatchObject(expected);
    for (const [section, fields] of Object.entries(expected)) {
      for (const [field, value] of Object.entries(fields as Record<string, unknown>)) {
        const actual = (result as Record<string, Record<string, unknown>>)[section]?.[field];
        if (Array.isArray(value)) expect(actual).toHaveLength(value.length);
        else expect(actual).toEqual(value);
      }
    }
  });

  it('refuses an item without its merge key', () => {
    expect(() => apply({ spec: { containers: [{ image: 'x' }] } })).toThrow('does not contain declared merge key: name');
  });
});
