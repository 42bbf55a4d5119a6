import type { Context } from '../command/context.ts';
import { UserError } from '../command/user-error.ts';
import { installPackages } from '../machine/install-packages.ts';
import { type Finder, missingPrograms, type Program } from '../machine/programs.ts';

/** Every program a cluster needs is there afterwards, installed with the user's consent; or a list of what is missing is the error. */
export async function ensurePrograms(find: Finder, { yes }: { readonly yes: boolean }, { ask, out, env, signal }: Context): Promise<void> {
  const missing = missingPrograms(find);
  const needed = missing.filter(({ isOptional }) => !isOptional);
  if (needed.length === 0) return;
  const list = missing.map(line).join('\n');
  const packages = missing.map(program => program.package);
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (find('apt-get') === undefined) {
    throw new UserError(`this machine lacks programs that a cluster needs:\n${list}`, {
      hint: 'packages are installed by themselves on Debian only; install these with the tools of this system',
    });
  }
  if (!yes) {
    if (!ask)
      throw new UserError(`this machine lacks programs that a cluster needs:\n${list}`, {
        hint: `give --yes to install them, or run: ${command}`,
      });
    out.print(`This machine lacks:\n${list}`);
    const answer = (await ask(`Install these Debian packages now? [Y/n] `)).trim().toLowerCase();
    if (!['', 'y', 'yes'].includes(answer)) throw new UserError('nothing was installed', { hint: `to do it yourself: ${command}` });
  } else {
    out.print(`Installing Debian packages:\n${list}`);
  }
  await installPackages(packages, signal);
  const still = missingPrograms(find).filter(({ isOptional }) => !isOptional);
  if (still.length > 0)
    throw new UserError(`still missing after the installation:\n${still.map(line).join('\n')}`, { hint: `PATH is ${env['PATH'] ?? ''}` });
}

const line = (program: Program): string =>
  `  ${program.package.padEnd(28)}${program.name} ${program.why}${program.isOptional ? ' (optional)' : ''}`;
