import { skipReason } from './skip-reason.ts';

describe('skipReason', () => {
  it.each([
    { name: 'a phase that needs nothing', needs: {}, isRoot: false, missing: ['runc'], want: undefined },
    { name: 'root with every package', needs: { root: true }, isRoot: true, missing: [], want: undefined },
    { name: 'no root', needs: { root: true }, isRoot: false, missing: [], want: expect.stringContaining('sudo npm test -- e2e') },
    {
      name: 'no package',
      needs: { root: true },
      isRoot: true,
      missing: ['runc', 'nftables'],
      want: expect.stringContaining('lacks runc, nftables'),
    },
  ])('is right for $name', ({ needs, isRoot, missing, want }) => {
    expect(skipReason('e2e', needs, { isRoot, missing })).toEqual(want);
  });
});
