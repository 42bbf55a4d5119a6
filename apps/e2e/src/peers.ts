import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const KUBECTLS = ['1.20', '1.32', '1.35'] as const;
export type KubectlVersion = (typeof KUBECTLS)[number];

export const HELMS = ['3.17', '4.1'] as const;
export type HelmVersion = (typeof HELMS)[number];

/** A program fetched by `npm test` (see tools/workspace/src/peers.ts, which has the same idea of the folder). */
export function peer(name: `kubectl-${KubectlVersion}` | `helm-${HelmVersion}` | 'busybox'): string {
  const { STEERSMAN_PEERS, XDG_CACHE_HOME } = process.env;
  const directory = STEERSMAN_PEERS ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'steersman', 'peers');
  const file = join(directory, name);
  if (!existsSync(file)) throw new Error(`${file} is missing: \`npm test -- e2e\` fetches it`);
  return file;
}
