import { decodeValue, encodeValue, type ValueInput } from './stored-value.ts';
import { Variants } from './variants.ts';

const object = (extra: object = {}, metadata: object = {}): ValueInput['object'] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u-1', resourceVersion: '', creationTimestamp: '2015-04-01T00:00:00Z', ...metadata },
  ...extra,
});
const managedFields = [{ manager: 'kubectl', operation: 'Update' }];

describe('encodeValue, decodeValue', () => {
  it.each([
    { name: 'a plain object', input: { object: object({ spec: { nodeName: 'n1' } }) } },
    { name: 'nothing but metadata', input: { object: object() } },
    {
      name: 'text outside ASCII before the resourceVersion',
      input: { object: object({ data: { ключ: '😀' } }, { annotations: { a: 'größe "resourceVersion":"7"' } }) },
    },
    { name: 'with managedFields', input: { object: object({ spec: {} }), managedFields } },
    { name: 'with managedFields as bytes', input: { object: object(), managedFields: Buffer.from(JSON.stringify(managedFields)) } },
  ])('carries $name through', ({ input }) => {
    const stored = decodeValue(encodeValue(input), 4711);
    const { metadata, ...rest } = input.object;
    const want = { ...rest, metadata: { ...metadata, resourceVersion: '4711' } };
    expect(JSON.parse(stored.body.toString())).toEqual(want);
    expect(JSON.parse(stored.full().toString())).toEqual(
      'managedFields' in input ? { ...want, metadata: { ...want.metadata, managedFields } } : want,
    );
  });

  it('answers for headers without parsing the body', () => {
    const stored = decodeValue(
      encodeValue({
        object: object({}, { labels: { app: 'web' }, deletionTimestamp: '2015-04-02T00:00:00Z' }),
        fields: { 'spec.nodeName': 'n1' },
        traceparent: '00-a-b-01',
      }),
      9_007_199_254_740_991,
    );
    expect(stored).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      uid: 'u-1',
      labels: { app: 'web' },
      fields: { 'spec.nodeName': 'n1' },
      traceparent: '00-a-b-01',
      deletionTimestamp: '2015-04-02T00:00:00Z',
      resourceVersion: 9_007_199_254_740_991,
    });
    expect(['metadata.name', 'metadata.namespace', 'spec.nodeName', 'spec.other'].map(path => stored.field(path))).toEqual([
      'web',
      'shop',
      'n1',
      '',
    ]);
    expect(stored.body.toString()).toContain('"resourceVersion":"9007199254740991"');
  });

  it('gives the same object another resourceVersion and leaves the first as it is', () => {
    const stored = decodeValue(encodeValue({ object: object(), managedFields }), 12);
    const later = stored.withResourceVersion(13);
    expect(
      [stored, later].map(
        each => (JSON.parse(each.full().toString()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
      ),
    ).toEqual(['12', '13']);
  });

  it.each([
    {
      name: 'managedFields inline',
      run: () => encodeValue({ object: object({}, { managedFields }) }),
      want: /managedFields belong beside/,
    },
    {
      name: 'an object without kind',
      run: () => encodeValue({ object: { metadata: object().metadata } }),
      want: /apiVersion and kind must be set/,
    },
    { name: 'a format of another release', run: () => decodeValue(Buffer.from([9, 0, 0, 0]), 1), want: /format 9/ },
  ])('refuses $name', ({ run, want }) => {
    expect(run).toThrow(want);
  });
});

describe('Variants', () => {
  const stored = (revision: number) => decodeValue(encodeValue({ object: object() }), revision);

  it('makes a variant once per object and name', () => {
    const variants = new Variants(1_000_000);
    const one = stored(1);
    let made = 0;
    const make = () => Buffer.from(String(++made));
    expect(
      [variants.get(one, 'a', make), variants.get(one, 'a', make), variants.get(one, 'b', make), variants.get(stored(1), 'a', make)].map(
        String,
      ),
    ).toEqual(['1', '1', '2', '3']);
  });

  it('forgets what nobody asked for when it is full, and keeps what is asked for', () => {
    const variants = new Variants(10_000);
    const [busy, idle] = [stored(1), stored(2)];
    const made: string[] = [];
    const ask = (object: typeof busy, name: string) =>
      variants.get(object, name, () => {
        made.push(name);
        return Buffer.alloc(500);
      });
    ask(idle, 'idle');
    ask(busy, 'busy');
    for (let i = 0; i < 50; i++) {
      ask(stored(i), `other ${i}`);
      ask(busy, 'busy');
    }
    ask(idle, 'idle');
    expect(made.filter(name => !name.startsWith('other'))).toEqual(['idle', 'busy', 'idle']);
  });
});
