import { resolve } from 'node:path';
import { BUNDLES, ensureBundles } from './bundles.ts';

/** `node apps/steersman/src/bundle/main.ts [app ...]` builds what is not current. */
const root = resolve(import.meta.dirname, '../../../..');
const apps = process.argv.slice(2);
const built = await ensureBundles(
  root,
  BUNDLES.filter(({ app }) => apps.length === 0 || apps.includes(app)),
);
for (const { app, name } of built) console.log(`built apps/${app}/dist/${name}.mjs`);
