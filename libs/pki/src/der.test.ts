import { der } from './der.ts';

describe('der', () => {
  it.each([
    { name: 'a positive integer with its high bit set', bytes: der.integer(Buffer.from([0x80])), want: '02020080' },
    { name: 'an object identifier', bytes: der.oid('1.2.840.10045.4.3.2'), want: '06082a8648ce3d040302' },
    {
      name: 'a time before 2050',
      bytes: der.time(new Date('2049-12-31T23:59:59Z')),
      want: `170d${Buffer.from('491231235959Z').toString('hex')}`,
    },
    {
      name: 'a time from 2050 on',
      bytes: der.time(new Date('2050-01-01T00:00:00Z')),
      want: `180f${Buffer.from('20500101000000Z').toString('hex')}`,
    },
    { name: 'a short length', bytes: der.octetString(Buffer.alloc(127)).subarray(0, 3), want: '047f00' },
    { name: 'a long length', bytes: der.octetString(Buffer.alloc(256)).subarray(0, 4), want: '04820100' },
  ])('writes $name', ({ bytes, want }) => {
    expect(bytes.toString('hex')).toBe(want);
  });
});
