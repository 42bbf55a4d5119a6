import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../command/user-error.ts';

/** invoke-rc.d asks it whether services may start; 101 means no. https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_NO = '#!/bin/sh\nexit 101\n';
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive' };

/** Installs Debian packages. The services these bring are not started: every cluster has its own. */
export async function installPackages(packages: readonly string[], signal: AbortSignal): Promise<void> {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, POLICY_NO, { mode: 0o755 });
  try {
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
    // Lists that are there may be good enough; fresh ones take half a minute.
    if (
      await apt(install, signal).then(
        () => false,
        () => true,
      )
    ) {
      await apt(['update', '-qq'], signal);
      await apt(install, signal);
    }
  } finally {
    if (isOurs) rmSync(POLICY, { force: true });
  }
}

async function apt(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn('apt-get', args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...ENVIRONMENT }, signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0)
    throw new UserError(`apt-get ${args.join(' ')} failed: ${said.trim()}`, { hint: 'install the packages by hand, then run this again' });
}
