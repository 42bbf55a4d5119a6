import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs are repeated by giving the seed they named. */
const DEFAULT_SEED = 1;

/** How much of a long suite this run does: a seeded sample under `npm test`, all of it under `npm run test:long`. */
export interface LongRun {
  readonly whole: boolean;
  readonly seed: number;
  /** 0 up to 1, the same sequence for the same seed. */
  readonly random: () => number;
  count(size: { readonly sample: number; readonly whole: number }): number;
  /** Writes docs/reports/<suite>.md; a sample only prints. */
  report(lines: readonly string[]): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `STEERSMAN_LONG_REPORTS` is the folder of the reports, and asks for the whole; `STEERSMAN_SEED` is a number. */
export function longRun(suite: string, env: Environment = process.env): LongRun {
  const folder = env['STEERSMAN_LONG_REPORTS'];
  const seed = Number(env['STEERSMAN_SEED'] ?? DEFAULT_SEED);
  if (!Number.isSafeInteger(seed)) throw new Error(`STEERSMAN_SEED must be a whole number, not ${env['STEERSMAN_SEED']}`);
  return {
    whole: folder !== undefined,
    seed,
    random: seededRandom(seed),
    count: size => (folder === undefined ? size.sample : size.whole),
    report(lines) {
      const text = [`# ${suite}`, '', ...lines, '', `Seed ${seed}. Again: \`STEERSMAN_SEED=${seed} npm run test:long -- ${suite}\``, ''];
      if (folder === undefined) {
        process.stderr.write(text.map(line => `${line}\n`).join(''));
        return;
      }
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${suite}.md`), text.join('\n'));
    },
  };
}

/** Mulberry32: 32 bits of state are plenty for choosing what to break next. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
