import { cellsOf, changeFaultsOf, faultsOf } from './judge.ts';
import { ipAddressKind } from './ip-address.ts';

const PARENT = { resource: 'services', namespace: 'default', name: 'web' };
const spec = (parentRef: object): object => ({ spec: { parentRef } });

describe('ipAddressKind', () => {
  it.each(['10.96.0.1', 'fd00::1'])('accepts %s', name => {
    expect(faultsOf(ipAddressKind, spec(PARENT), name)).toEqual([]);
  });

  it.each([
    { name: 'web', want: 'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)' },
    {
      name: '10.96.0.01',
      want: 'metadata.name: Invalid value: "10.96.0.01": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    },
    { name: 'fd00:0::1', want: 'metadata.name: Invalid value: "fd00:0::1": must be in canonical form ("fd00::1")' },
  ])('refuses the name $name', ({ name, want }) => {
    expect(faultsOf(ipAddressKind, spec(PARENT), name)).toEqual([want]);
  });

  it.each([
    { name: 'no parent', fields: { spec: {} }, want: ['spec.parentRef: Required value'] },
    { name: 'an empty parent', fields: spec({}), want: ['spec.parentRef.resource: Required value', 'spec.parentRef.name: Required value'] },
    {
      name: 'a bad namespace',
      fields: spec({ ...PARENT, namespace: 'a/b' }),
      want: ['spec.parentRef.namespace: Invalid value: "a/b": may not contain \'/\''],
    },
    {
      name: 'a bad group',
      fields: spec({ ...PARENT, group: 'A' }),
      want: [expect.stringContaining('spec.parentRef.group: Invalid value: "A": a lowercase RFC 1123 subdomain')],
    },
  ])('refuses $name', ({ fields, want }) => {
    expect(faultsOf(ipAddressKind, fields, '10.96.0.1')).toEqual(want);
  });

  it('stays with its parent', () => {
    expect(changeFaultsOf(ipAddressKind, spec(PARENT), spec(PARENT))).toEqual([]);
    expect(changeFaultsOf(ipAddressKind, spec(PARENT), spec({ ...PARENT, name: 'b' }))).toHaveLength(1);
  });

  it('prints its parent', () => {
    expect(cellsOf(ipAddressKind, spec(PARENT))).toEqual(['services/default/web']);
    expect(cellsOf(ipAddressKind, spec({ group: 'example.com', resource: 'gateways', name: 'x' }))).toEqual(['gateways.example.com/x']);
  });
});
