import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { closest, ConfigError, type ConfigOf } from '@steersman/config';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import { ALL_IN_ONE, COMPONENTS } from '../cluster/layout.ts';
import { readState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import type { logsSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { NODE_COMPONENTS, onNode } from '../components/plan-node.ts';

const POLL_MS = 200;
const NAMES = [...COMPONENTS, ALL_IN_ONE, 'supervisor'] as const;

export interface LogsRequest {
  readonly config: ConfigOf<typeof logsSettings>;
  readonly operands: readonly string[];
}

/** The log of a component as it was written; with `--follow` until Ctrl-C. */
export async function logs({ config, operands }: LogsRequest, { registry, clock, signal }: Context): Promise<void> {
  const [name] = operands;
  const chosen = chooseCluster(config, registry);
  const names = [
    ...NAMES,
    ...(readState(chosen.layout.dataDir)?.nodes ?? []).flatMap(node => NODE_COMPONENTS.map(part => onNode(part, node.name))),
  ];
  const found = names.find(candidate => candidate === name);
  if (!found) {
    const near = closest(name ?? '', names);
    const what = name === undefined ? 'name a component' : `there is no component "${name}"`;
    throw new ConfigError([`${what}; ${near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`]);
  }
  stateOf(chosen, registry);
  const file = chosen.layout.log(found);
  if (!existsSync(file))
    throw new UserError(`${found} has not said anything yet`, { hint: 'the cluster may never have been up: steersman status' });
  let at = 0;
  do {
    const { size } = statSync(file);
    if (size < at) at = 0; // it was rotated
    if (size > at) await copy(file, at, size);
    at = size;
    if (config.follow) await clock.sleep(POLL_MS, signal).catch(() => {}); // Ctrl-C is how following ends
  } while (config.follow && !signal.aborted);
}

/** Old files of a rotated log are not shown: they stand beside it as `<name>.log.1` and so on. */
async function copy(file: string, start: number, end: number): Promise<void> {
  if (end - start < 1_000_000) return void process.stdout.write(readFileSync(file).subarray(start, end));
  for await (const chunk of createReadStream(file, { start, end: end - 1 })) process.stdout.write(chunk as Buffer);
}
