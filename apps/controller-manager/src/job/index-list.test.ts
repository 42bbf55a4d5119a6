import { formatIndexes, parseIndexes } from './index-list.ts';

describe('index lists', () => {
  it.each([
    { name: 'none', indexes: [], text: '' },
    { name: 'one', indexes: [7], text: '7' },
    { name: 'two in a row stay apart', indexes: [1, 2], text: '1,2' },
    { name: 'three in a row are a range', indexes: [1, 2, 3], text: '1-3' },
    { name: 'all sorts', indexes: [9, 1, 3, 4, 5, 7], text: '1,3-5,7,9' },
  ])('$name', ({ indexes, text }) => {
    expect(formatIndexes(indexes)).toBe(text);
    expect([...parseIndexes(text, 100)]).toEqual([...indexes].sort((a, b) => a - b));
  });

  it('drops what a smaller Job has no place for', () => {
    expect([...parseIndexes('0-5,8', 3)]).toEqual([0, 1, 2]);
  });
});
