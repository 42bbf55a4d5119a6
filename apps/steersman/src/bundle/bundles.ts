import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file that Node runs: `apps/<app>/dist/<name>.mjs` from `apps/<app>/src/<entry>`. */
export interface Bundle {
  readonly app: string;
  readonly entry: string;
  readonly name: string;
}

export const BUNDLES: readonly Bundle[] = [
  ...['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy', 'dns'].map(app => ({ app, entry: 'main.ts', name: 'main' })),
  { app: 'steersman', entry: 'supervisor/main.ts', name: 'supervisor' },
  { app: 'steersman', entry: 'all-in-one/main.ts', name: 'all-in-one' },
];

export const sourceOf = (root: string, { app, entry }: Bundle): string => join(root, 'apps', app, 'src', entry);
export const bundleOf = (root: string, { app, name }: Bundle): string => join(root, 'apps', app, 'dist', `${name}.mjs`);

/** Packages with a binary, which no bundle can hold: they are found in node_modules, above the bundle. */
const EXTERNAL = ['lmdb'];
/** What CommonJS packages inside a module expect to find. */
const BANNER = "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** Builds the bundles that are not of today's sources; tells which. */
export async function ensureBundles(root: string, bundles: readonly Bundle[] = BUNDLES): Promise<readonly Bundle[]> {
  const hash = sourceHash(root);
  const stale = bundles.filter(bundle => existsSync(sourceOf(root, bundle)) && !isCurrent(root, bundle, hash));
  if (stale.length === 0) return [];
  const { build } = await import('esbuild'); // slow to load, and seldom needed
  await Promise.all(
    stale.map(async bundle => {
      const outfile = bundleOf(root, bundle);
      mkdirSync(join(outfile, '..'), { recursive: true });
      const scratch = `${outfile}.${process.pid}`;
      await build({
        entryPoints: [sourceOf(root, bundle)],
        outfile: scratch,
        bundle: true,
        minify: true,
        keepNames: true,
        platform: 'node',
        format: 'esm',
        target: 'node26',
        external: EXTERNAL,
        banner: { js: BANNER },
        logLevel: 'silent',
      });
      renameSync(scratch, outfile); // whoever starts it meanwhile gets the old one or the new one
      writeFileSync(stampOf(root, bundle), hash);
    }),
  );
  return stale;
}

const stampOf = (root: string, bundle: Bundle): string => `${bundleOf(root, bundle)}.inputs`;

const isCurrent = (root: string, bundle: Bundle, hash: string): boolean =>
  existsSync(bundleOf(root, bundle)) && existsSync(stampOf(root, bundle)) && readFileSync(stampOf(root, bundle), 'utf8') === hash;

/** Of every source a bundle may contain, and of the versions of packages. */
function sourceHash(root: string): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(BANNER);
  for (const file of ['apps', 'libs'].flatMap(folder => sources(join(root, folder)))) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

const sources = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return ['node_modules', 'dist', 'e2e'].includes(entry.name) ? [] : sources(path);
      return /\.(ts|json|proto)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [path] : [];
    });
