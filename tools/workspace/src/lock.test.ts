import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

it('the lock file names every package of the workspace, else a fresh clone does not install', () => {
  const lock = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { name?: string }> };
  const folders = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).map(dirname);
  expect(folders.filter(folder => !lock.packages[folder])).toEqual([]);
});
