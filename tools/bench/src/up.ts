import type { Benchmark } from './benchmark.ts';
import { Cluster } from './cluster.ts';

/** Packages and bundles are there: the first `up` makes those that are not, and is not counted. */
export const up: Benchmark = {
  name: 'up',
  about: './steersman up to node Ready: the first time, and again with the data there',
  async run(context) {
    await using cluster = new Cluster(context);
    await cluster.run('up', '--yes');
    await cluster.run('down', '--purge', '--yes');
    const first = await cluster.run('up', '--yes');
    await cluster.run('down');
    const again = await cluster.run('up', '--yes');
    const running = await cluster.run('up', '--yes');
    return [
      { name: 'first', value: first / 1_000, unit: 's', better: 'lower', target: 6 },
      { name: 'again', value: again / 1_000, unit: 's', better: 'lower', target: 3 },
      { name: 'running already', value: running / 1_000, unit: 's', better: 'lower' },
    ];
  },
};
