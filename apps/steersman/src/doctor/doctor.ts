import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigOf } from '@steersman/config';
import { supervisorOf } from '../cluster/records.ts';
import { chooseCluster } from '../cluster/choose-cluster.ts';
import { PORTS, readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { doctorSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { isFree } from '../machine/ports.ts';
import { finder } from '../machine/programs.ts';
import { clusterStatus } from '../status/status.ts';
import { examine, type Finding, machineFacts } from './checks.ts';
import { examineCluster } from './cluster-checks.ts';

const MARKS = { good: ['green', '✓'], warn: ['yellow', '!'], bad: ['red', '✗'] } as const;

/** Looks at the machine, says what a cluster will not like and what to do; fails when one could not run. */
export async function doctor({ config }: { readonly config: ConfigOf<typeof doctorSettings> }, context: Context): Promise<void> {
  const { root, out, env, registry } = context;
  const { layout } = chooseCluster(config, registry);
  const running = supervisorOf(layout) ? readState(layout.dataDir) : undefined;
  const own = Object.values(running?.ports ?? {});
  const isTaken = await Promise.all(Object.values(PORTS).map(async port => !own.includes(port) && !(await isFree(port, '127.0.0.1'))));
  const folder = nearest(layout.dataDir);
  const { bavail, bsize, ffree } = statfsSync(folder);
  const machine = examine(
    machineFacts({
      dataDir: folder,
      find: finder(env['PATH']),
      takenPorts: Object.values(PORTS).filter((_, at) => isTaken[at]),
      freeDiskBytes: bavail * bsize,
      freeInodes: ffree,
      sourcesFrom: statSync(join(root, 'package.json')).mtimeMs,
    }),
  );
  const findings = [...machine, ...(running ? examineCluster(await clusterStatus(layout, running, context)) : [])];
  for (const { name, verdict, fact, advice } of findings) {
    const [style, mark] = MARKS[verdict];
    out.print(`  ${out.paint(style, mark)} ${name.padEnd(16)}${fact}`);
    if (advice !== undefined) out.print(`    ${' '.repeat(16)}${out.paint('dim', advice)}`);
  }
  const bad = findings.filter(({ verdict }) => verdict === 'bad');
  if (bad.length > 0)
    throw new UserError(`${running ? 'this cluster is not well' : 'a cluster cannot run here yet'}: ${names(bad)}`, {
      hint: 'mend that, then ask again',
    });
  const warned = findings.filter(({ verdict }) => verdict === 'warn');
  out.print(warned.length === 0 ? '\nAll is well.' : `\nA cluster can run here; worth a look: ${names(warned)}.`);
}

/** The folder itself, or that in which it will be made. */
const nearest = (dir: string): string => (existsSync(dir) ? dir : nearest(dirname(dir)));

const names = (findings: readonly Finding[]): string => findings.map(({ name }) => name).join(', ');
