import { cellsOf, changeFaultsOf, faultsOf } from './judge.ts';
import { serviceCidrKind } from './service-cidr.ts';

const [V4, V6] = ['10.96.0.0/16', 'fd00::/108'];
const spec = (...cidrs: readonly string[]): object => ({ spec: { cidrs } });

describe('serviceCidrKind', () => {
  it.each([{ cidrs: [V4] }, { cidrs: [V6] }, { cidrs: [V4, V6] }, { cidrs: [V6, V4] }])('accepts $cidrs', ({ cidrs }) => {
    expect(faultsOf(serviceCidrKind, spec(...cidrs))).toEqual([]);
  });

  it.each([
    { name: 'no range', cidrs: [], want: ['spec.cidrs: Required value: at least one CIDR required'] },
    {
      name: 'three ranges',
      cidrs: [V4, V6, V4],
      want: ['spec.cidrs: Invalid value: {"cidrs":["10.96.0.0/16","fd00::/108","10.96.0.0/16"]}: may only hold up to 2 values'],
    },
    {
      name: 'what is none',
      cidrs: ['10.96.0.0'],
      want: ['spec.cidrs[0]: Invalid value: "10.96.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    },
    {
      name: 'an address within a range',
      cidrs: ['10.96.0.1/16'],
      want: ['spec.cidrs[0]: Invalid value: "10.96.0.1/16": must not have bits set beyond the prefix length'],
    },
    {
      name: 'two of a family',
      cidrs: [V4, '10.97.0.0/16'],
      want: [
        'spec.cidrs: Invalid value: ["10.96.0.0/16","10.97.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    },
  ])('refuses $name', ({ cidrs, want }) => {
    expect(faultsOf(serviceCidrKind, spec(...cidrs))).toEqual(want);
  });

  it.each([
    { name: 'the same', prev: [V4], next: [V4], want: [] },
    { name: 'another family beside', prev: [V4], next: [V4, V6], want: [] },
    {
      name: 'another range',
      prev: [V4],
      next: ['10.97.0.0/16'],
      want: ['spec.cidrs[0]: Invalid value: "10.97.0.0/16": field is immutable'],
    },
    { name: 'another order', prev: [V4], next: [V6, V4], want: [`spec.cidrs[0]: Invalid value: "${V6}": field is immutable`] },
    { name: 'one less', prev: [V4, V6], next: [V4], want: [`spec.cidrs: Invalid value: ["${V4}"]: field is immutable`] },
  ])('changed to $name', ({ prev, next, want }) => {
    expect(changeFaultsOf(serviceCidrKind, spec(...prev), spec(...next))).toEqual(want);
  });

  it('prints its ranges', () => {
    expect(cellsOf(serviceCidrKind, spec(V4, V6))).toEqual([`${V4},${V6}`]);
  });
});
