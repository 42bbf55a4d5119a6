import { setTimeout as sleep } from 'node:timers/promises';
import { longRun } from '@steersman/testing';
import { ApiClient } from './api-client.ts';
import { Cluster, COMPONENTS } from './cluster.ts';
import { containerPids, containersMarked, MARK } from './containers.ts';
import { PodLoad, PODS } from './pod-load.ts';
import { until } from './until.ts';

const run = longRun('kills');
/** Of each component. */
const kills = run.count({ sample: 1, whole: 20 });
const LOOK_MS = 100;

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly phase?: string };
  }[];
}

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
}, 120_000);

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map(item => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Names of pods of which more than one container ran at one moment. */
async function watchForDoubles(signal: AbortSignal): Promise<ReadonlySet<string>> {
  const doubles = new Set<string>();
  while (!signal.aborted) {
    for (const [name, pids] of containersMarked(MARK)) {
      // One that has just ended is still there as long as nobody has waited for it: look again.
      if (pids.length > 1 && containerPids(MARK, name).length > 1) doubles.add(name);
    }
    await sleep(LOOK_MS);
  }
  return doubles;
}

it(
  'loses, doubles and leaves nothing while its components are killed at random under load',
  async () => {
    const cluster = await Cluster.start('kills');
    cleanUp.push(() => cluster.remove());
    using api = new ApiClient(cluster.kubeconfig);
    const stop = new AbortController();
    const load = new PodLoad({ api, random: run.random, mark: MARK });
    const [working, watching] = [load.run(stop.signal), watchForDoubles(stop.signal)];
    const victims = shuffled(Array.from({ length: kills }, () => COMPONENTS).flat(), run.random);
    try {
      for (const victim of victims) {
        await sleep(200 + run.random() * 1_500);
        const old = await cluster.pidOf(victim);
        process.kill(old, 'SIGKILL');
        await until(`${victim} to come back`, async () => {
          const found = (await cluster.components())[victim];
          return found?.state === 'running' && found.pid !== old;
        });
      }
    } finally {
      stop.abort();
      await working;
    }
    const doubles = await watching;

    const listed = await until(
      'every pod that is to be there to run, and the others to go',
      async () => {
        const { items } = await api.json<PodList>(`${PODS}?labelSelector=load%3Dpods`);
        return items.every(({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp) && items;
      },
      120_000,
    );
    const there = new Set(listed.map(({ metadata }) => metadata.name));
    await until('as many containers as pods', () => containersMarked(MARK).size === there.size);
    const { items: maps } = await api.json<PodList>('/api/v1/namespaces/default/configmaps');
    const mapNames = new Set(maps.map(({ metadata }) => metadata.name));
    const findings = {
      lostPods: [...load.kept].filter(name => !there.has(name)),
      undeletedPods: [...load.deleted].filter(name => there.has(name)),
      lostConfigMaps: [...load.configMaps].filter(name => !mapNames.has(name)),
      podsNobodyAskedFor: [...there].filter(name => !load.kept.has(name) && !load.unknown.has(name)),
      podsRunTwice: [...doubles],
      containersWithoutPod: [...containersMarked(MARK).keys()].filter(name => !there.has(name)),
      podsWithoutContainer: [...there].filter(name => containerPids(MARK, name).length !== 1),
    };
    run.report([
      '| what | count |',
      '|---|---|',
      `| kills of each of ${COMPONENTS.join(', ')} | ${kills} |`,
      `| acknowledged writes | ${load.acknowledged} |`,
      ...Object.entries(findings).map(
        ([what, names]) => `| ${what.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)} | ${names.length} |`,
      ),
    ]);
    expect(findings).toEqual(Object.fromEntries(Object.keys(findings).map(what => [what, []])));
    expect(load.acknowledged).toBeGreaterThan(kills);
  },
  120_000 + kills * COMPONENTS.length * 30_000,
);
