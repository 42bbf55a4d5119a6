import type { Benchmark, BenchContext, Measurement } from './benchmark.ts';
import { Cluster, IMAGE } from './cluster.ts';
import { drive } from './load.ts';
import { PodWatch } from './pod-watch.ts';
import { RawPods } from './raw-pods.ts';
import { RestConnection } from './rest-connection.ts';
import { median, quantile } from './statistics.ts';

const ONE_BY_ONE = 20;
const AT_ONCE = 100;
/** Starts at a time in the raw runs: what two cores do best with. */
const RAW_WORKERS = 4;
const PODS = '/api/v1/namespaces/default/pods';

const bodyOf = (name: string): Buffer => {
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: IMAGE }] };
  return Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }));
};

interface World {
  readonly raw: RawPods;
  readonly watch: PodWatch;
  readonly rest: RestConnection;
}

async function inCluster<T>(context: BenchContext, work: (world: World) => Promise<T>): Promise<T> {
  await using cluster = await Cluster.start(context);
  await using raw = new RawPods(cluster);
  using watch = await PodWatch.open(cluster, PODS);
  using rest = await RestConnection.open(cluster.api);
  return await work({ raw, watch, rest });
}

/** Milliseconds from the create call to the watch event that says Running; the pod is gone again when this resolves. */
async function startThroughApi({ watch, rest }: World, name: string): Promise<number> {
  const began = performance.now();
  await rest.insist(201, 'POST', PODS, bodyOf(name));
  const running = await watch.saw(name, 'Running');
  await rest.insist(200, 'DELETE', `${PODS}/${name}`);
  await watch.saw(name, 'gone');
  return running - began;
}

export const podStart: Benchmark = {
  name: 'pod-start',
  about: 'pod create to Running seen by a watch, image present, one pod at a time, beside the bare calls to the runtime',
  run: context =>
    inCluster(context, async world => {
      const [api, raw]: [number[], number[]] = [[], []];
      for (let at = -3; at < ONE_BY_ONE; at++) {
        const [rawMs, apiMs] = [await world.raw.start(), await startThroughApi(world, `pod-${at + 3}`)];
        await world.raw.clear();
        if (at >= 0) raw.push(rawMs);
        if (at >= 0) api.push(apiMs);
      }
      return [
        { name: 'create to Running', value: median(api), unit: 'ms', better: 'lower' },
        { name: 'create to Running p90', value: quantile(api, 0.9), unit: 'ms', better: 'lower' },
        { name: 'bare runtime calls', value: median(raw), unit: 'ms', better: 'lower' },
        { name: 'on top', value: median(api) - median(raw), unit: 'ms', better: 'lower', target: 50 },
      ] satisfies readonly Measurement[];
    }),
};

export const podsAtOnce: Benchmark = {
  name: 'pods-at-once',
  about: `${AT_ONCE} pods created at once on one node, until all are Running, beside the bare calls to the runtime`,
  run: context =>
    inCluster(context, async ({ raw, watch, rest }) => {
      await raw.start();
      await raw.clear();
      const workers = Array.from({ length: RAW_WORKERS }, () => raw);
      const rawBegan = performance.now();
      await drive(workers, AT_ONCE, pods => pods.start());
      const rawMs = performance.now() - rawBegan;
      await raw.clear();
      const names = Array.from({ length: AT_ONCE }, (_, at) => `pod-${at}`);
      const began = performance.now();
      for (const name of names) await rest.insist(201, 'POST', PODS, bodyOf(name));
      const last = Math.max(...(await Promise.all(names.map(name => watch.saw(name, 'Running')))));
      const apiMs = last - began;
      return [
        { name: 'all Running', value: apiMs / 1_000, unit: 's', better: 'lower' },
        { name: 'bare runtime calls', value: rawMs / 1_000, unit: 's', better: 'lower' },
        { name: 'ratio', value: apiMs / rawMs, unit: '', better: 'lower', target: 1.2 },
      ] satisfies readonly Measurement[];
    }),
};
