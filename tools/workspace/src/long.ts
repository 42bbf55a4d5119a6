import { resolve } from 'node:path';
import { outcomeOf, summary } from './outcome.ts';
import { fetchPeers, peersDirectory } from './peers.ts';
import { runJest } from './run-jest.ts';

interface Suite {
  readonly name: string;
  readonly about: string;
  /** Part of the path of its test file, of which `npm test` runs a sample. */
  readonly file: string;
  readonly limitMs: number;
}

const MINUTE_MS = 60_000;

const SUITES: readonly Suite[] = [
  {
    name: 'power-cuts',
    about: 'the power of a disk is cut under the store, 100 times',
    file: 'power-cuts.it.test.ts',
    limitMs: 60 * MINUTE_MS,
  },
  {
    name: 'kills',
    about: 'every component is killed 20 times, at random, under a load of pods',
    file: 'kills.e2e.test.ts',
    limitMs: 90 * MINUTE_MS,
  },
];

const root = resolve(import.meta.dirname, '../../..');
const [wanted, ...rest] = process.argv.slice(2);
const suite = SUITES.find(({ name }) => name === wanted);

if (!suite || rest.length > 0) {
  console.error(['Usage: npm run test:long -- SUITE', '', ...SUITES.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`)].join('\n'));
  process.exit(64);
}
if (process.getuid?.() !== 0) {
  console.error(`${suite.name} needs root: sudo npm run test:long -- ${suite.name}`);
  process.exit(77);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
fetchPeers(peersDirectory(process.env), console.log);
console.log(`== ${suite.name}: ${suite.about}`);
process.env['STEERSMAN_LONG_REPORTS'] = resolve(root, 'docs/reports');
const args = ['--runInBand', '--testMatch', `**/${suite.file}`];
const outcome = outcomeOf(suite.name, await runJest({ root, args, limitMs: suite.limitMs, signal: stop.signal }), root);
for (const line of summary([outcome])) console.log(line);
process.exitCode = outcome.failed.length === 0 && outcome.passed > 0 ? 0 : 1;
