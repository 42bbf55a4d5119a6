import fc from 'fast-check';
import { addQuantities, canonicalQuantity, compareQuantities, milliValue, quantityValue } from './quantity.ts';

describe('canonicalQuantity', () => {
  it.each([
    { name: 'a plain number', text: '1', canonical: '1' },
    { name: 'a fraction of a core', text: '0.5', canonical: '500m' },
    { name: 'thousandths that make a whole', text: '1000m', canonical: '1' },
    { name: 'binary that fits the next suffix', text: '1024Mi', canonical: '1Gi' },
    { name: 'a binary fraction', text: '1.5Gi', canonical: '1536Mi' },
    { name: 'a binary fraction that is no whole number of bytes', text: '1.1Gi', canonical: '1181116006400m' },
    { name: 'a small binary number', text: '512', canonical: '512' },
    { name: 'decimal exponents', text: '1e3', canonical: '1e3' },
    { name: 'thousands', text: '100000k', canonical: '100M' },
    { name: 'zero with a suffix', text: '0Gi', canonical: '0' },
    { name: 'a negative', text: '-1.5', canonical: '-1500m' },
    { name: 'finer than a billionth, rounded up', text: '0.1n', canonical: '1n' },
    { name: 'a leading dot', text: '.5', canonical: '500m' },
    { name: 'nothing', text: '', canonical: undefined },
    { name: 'a lone suffix', text: 'Ki', canonical: undefined },
    { name: 'a wrong suffix', text: '1Kib', canonical: undefined },
  ])('$name: $text', ({ text, canonical }) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi'),
        (number, suffix) => {
          const once = canonicalQuantity(`${number}${suffix}`) ?? '';
          expect(canonicalQuantity(once)).toBe(once);
          expect(compareQuantities(once, `${number}${suffix}`)).toBe(0);
        },
      ),
    );
  });
});

it('rounds values up', () => {
  expect([milliValue('1500u'), milliValue(undefined), quantityValue('1.1Gi'), quantityValue('100m')]).toEqual([2, 0, 1181116007, 1]);
});

it('adds in the format of the first', () => {
  expect(addQuantities('64Mi', '64Mi')).toBe('128Mi');
  expect(addQuantities('250m', '1')).toBe('1250m');
});
