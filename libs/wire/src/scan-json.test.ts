import { duplicateFields } from './scan-json.ts';

describe('duplicateFields', () => {
  it.each([
    { name: 'nothing in plain JSON', json: '{"a":{"b":1},"c":{"b":1}}', want: [] },
    { name: 'a field', json: '{"spec":{"replicas":1,"replicas":2}}', want: ['spec.replicas'] },
    { name: 'a field of a list item', json: '{"a":[{"x":1},{"x":1, "x" : 2}]}', want: ['a[1].x'] },
    { name: 'a whole object', json: '{"a":{"x":1},"b":[],"a":{"x":2}}', want: ['a'] },
    { name: 'a field after a nested one', json: '{"m":{"n":{"o":1}},"x":[[1],{"y":2}],"m":1}', want: ['m'] },
    { name: 'no value that looks like a field', json: '{"a":"\\"a\\":","b":["a","a"]}', want: [] },
    { name: 'escaped quotes and backslashes', json: '{"a\\\\":1,"b\\"":2,"a\\\\":3}', want: ['a\\\\'] },
    { name: '__proto__', json: '{"__proto__":1,"__proto__":2}', want: ['__proto__'] },
  ])('finds $name', ({ json, want }) => {
    expect(() => JSON.parse(json) as unknown).not.toThrow();
    expect(duplicateFields(json)).toEqual(want);
  });

  it('refuses what is nested too deeply', () => {
    expect(() => duplicateFields('['.repeat(1_001) + ']'.repeat(1_001))).toThrow(/exceeded max depth/);
  });
});
