import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chosen } from '../cluster/choose-cluster.ts';
import type { Context } from '../command/context.ts';
import { UserError } from '../command/user-error.ts';
import { finder } from '../machine/programs.ts';
import { run } from '../machine/run.ts';

const UNITS = '/etc/systemd/system';
const unitName = (cluster: string): string => `steersman-${cluster}.service`;

export interface UnitOptions {
  readonly cluster: string;
  readonly dataDir: string;
  /** Of the project. */
  readonly root: string;
}

/** systemd.service(5): `up` ends when the cluster runs, and what it started belongs to the unit from then on. */
export function unit({ cluster, dataDir, root }: UnitOptions): string {
  const command = (verb: string): string => [join(root, 'steersman'), verb, '--name', cluster, '--data-dir', dataDir].map(quote).join(' ');
  return `[Unit]
Description=Steersman cluster ${cluster}
Documentation=file://${root}/docs/launcher.md
After=network-online.target local-fs.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
ExecStart=${command('up')}
ExecStop=${command('down')}
TimeoutStartSec=300
TimeoutStopSec=120
Delegate=yes
TasksMax=infinity
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
`;
}

/** A percent sign starts a specifier in a unit. */
const quote = (word: string): string => `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;

/** Writes and enables the unit; the cluster that runs now is left as it is. Returns the unit's name. */
export async function enableUnit({ name, layout }: Chosen, { root, env, signal }: Context): Promise<string> {
  if (finder(env['PATH'])('systemctl') === undefined) {
    throw new UserError('--systemd: this machine has no systemd', {
      hint: 'the cluster is up; start it at boot with what this machine uses',
    });
  }
  writeFileSync(join(UNITS, unitName(name)), unit({ cluster: name, dataDir: layout.dataDir, root }));
  await run('systemctl', ['enable', unitName(name)], { signal });
  return unitName(name);
}

export async function removeUnit(cluster: string, signal: AbortSignal): Promise<void> {
  const file = join(UNITS, unitName(cluster));
  if (!existsSync(file)) return;
  await run('systemctl', ['disable', unitName(cluster)], { signal, mayFail: true });
  rmSync(file, { force: true });
  await run('systemctl', ['daemon-reload'], { signal, mayFail: true }); // fails where systemd did not boot this machine
}
