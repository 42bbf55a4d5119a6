import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf } from '../cluster/layout.ts';
import { forgetLastBoot } from './forget-boot.ts';

describe('forgetLastBoot', () => {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'boot-')));
  afterAll(() => rmSync(layout.dataDir, { recursive: true, force: true }));

  it.each([
    { name: 'the same boot', bootId: 'one', want: true },
    { name: 'another boot', bootId: 'two', want: false },
  ])('keeps what the runtime noted in $name: $want', ({ bootId, want }) => {
    mkdirSync(layout.run, { recursive: true });
    forgetLastBoot(layout, 'one');
    for (const dir of [layout.containerdState, layout.containerdRoot]) mkdirSync(dir, { recursive: true });
    forgetLastBoot(layout, bootId);
    expect([existsSync(layout.containerdState), existsSync(layout.containerdRoot)]).toEqual([want, true]);
  });
});
