import { open } from 'lmdb';
import { longRun } from '@steersman/testing';
import { type Cut, cutPower } from '../../testing/power-cut/power-cuts.ts';
import { openLmdbStore } from './open-lmdb-store.ts';

const run = longRun('power-cuts');
const cuts = run.count({ sample: 3, whole: 100 });
const CUT_MS = 20_000;

interface Findings {
  acknowledged: number;
  lost: number;
  watched: number;
  /** Revisions a watcher saw that mean something else after the cut, or could be given again. */
  reused: number;
}

async function judgeStore({ promised, dir }: Cut, findings: Findings): Promise<void> {
  await using store = await openLmdbStore({ dir, reserveBytes: 1_048_576 });
  const { kvs, revision: head } = await store.range({ start: '/a/', end: '/a0' });
  const revisionOf = new Map(kvs.map(({ key, modRevision }) => [key, modRevision]));
  const keyOf = new Map(kvs.map(({ key, modRevision }) => [modRevision, key]));
  findings.acknowledged += promised.acknowledged.size;
  findings.watched += promised.watched.size;
  for (const [key, revision] of promised.acknowledged) if (revisionOf.get(key) !== revision) findings.lost++;
  for (const [revision, key] of promised.watched) if (keyOf.get(revision) !== key || revision > head) findings.reused++;
  const { revision } = await store.transact({ compares: [], write: { type: 'put', key: '/a/after', value: Buffer.from('x') } });
  expect(revision).toBeGreaterThan(Math.max(head, ...promised.watched.keys()));
}

it(
  'loses no acknowledged write to a power cut, and uses no revision twice',
  async () => {
    const findings: Findings = { acknowledged: 0, lost: 0, watched: 0, reused: 0 };
    await cutPower({ writer: 'store-writer', cuts, random: run.random, judge: cut => judgeStore(cut, findings) });
    const control = { acknowledged: 0, lost: 0 };
    await cutPower({
      writer: 'unsynced-writer',
      cuts: run.count({ sample: 1, whole: 5 }),
      random: run.random,
      judge: cut => judgeControl(cut, control),
    });
    run.report([
      '| what | count |',
      '|---|---|',
      `| power cuts | ${cuts} |`,
      `| acknowledged writes | ${findings.acknowledged} |`,
      `| of them lost | ${findings.lost} |`,
      `| revisions seen by a watcher | ${findings.watched} |`,
      `| of them lost or used for something else | ${findings.reused} |`,
      `| control, a database that does not sync: acknowledged writes lost | ${control.lost} of ${control.acknowledged} |`,
    ]);
    expect(findings).toMatchObject({ lost: 0, reused: 0 });
    expect(findings.acknowledged).toBeGreaterThan(cuts);
    expect(findings.watched).toBeGreaterThan(cuts);
    expect(control.lost).toBeGreaterThan(0);
  },
  CUT_MS * (cuts + 6),
);

/** A database that cannot be opened has lost everything. */
async function judgeControl({ promised, dir }: Cut, control: { acknowledged: number; lost: number }): Promise<void> {
  control.acknowledged += promised.acknowledged.size;
  try {
    const database = open<Buffer, string>({ path: dir, encoding: 'binary' });
    control.lost += [...promised.acknowledged.keys()].filter(key => database.get(key) === undefined).length;
    await database.close();
  } catch {
    control.lost += promised.acknowledged.size;
  }
}
