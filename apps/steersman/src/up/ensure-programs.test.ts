import { systemClock } from '@steersman/async';
import { Registry } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { paintFor } from '../command/out.ts';
import { UserError } from '../command/user-error.ts';
import { ensurePrograms } from './ensure-programs.ts';

function setUp(answer?: string) {
  const said: string[] = [];
  const context: Context = {
    root: '/',
    out: {
      print: text => void said.push(text),
      tell: text => void said.push(text),
      isTerminal: false,
      paint: paintFor({ colours: false }),
    },
    steps: { run: async (_name, work) => await work() },
    clock: systemClock,
    env: {},
    registry: new Registry('/nonexistent'),
    signal: new AbortController().signal,
    ask:
      answer === undefined
        ? undefined
        : async question => {
            said.push(question);
            return answer;
          },
  };
  return { said, context };
}

const finderWithout =
  (...names: readonly string[]) =>
  (name: string): string | undefined =>
    names.includes(name) ? undefined : `/usr/bin/${name}`;

const failure = (run: Promise<void>): Promise<UserError> =>
  run.then(
    () => Promise.reject(new Error('it worked')),
    (err: unknown) => err as UserError,
  );

describe('ensurePrograms', () => {
  it.each([
    { name: 'everything is there', missing: [] },
    { name: 'only what one can do without is missing', missing: ['kubectl'] },
  ])('says nothing when $name', async ({ missing }) => {
    const { said, context } = setUp();
    await ensurePrograms(finderWithout(...missing), { yes: false }, context);
    expect(said).toEqual([]);
  });

  it('lists what is missing and why, and stops, without a terminal', async () => {
    const err = await failure(ensurePrograms(finderWithout('runc', 'kubectl'), { yes: false }, setUp().context));
    expect(err).toBeInstanceOf(UserError);
    expect(err.message).toMatch(/runc +runc starts a container[^]*kubernetes-client +kubectl .*\(optional\)/);
    expect(err.hint).toBe('give --yes to install them, or run: apt-get install --no-install-recommends runc kubernetes-client');
  });

  it('asks on a terminal, and takes no for an answer', async () => {
    const { said, context } = setUp('n');
    const err = await failure(ensurePrograms(finderWithout('nft'), { yes: false }, context));
    expect(said.at(-1)).toMatch(/Install these Debian packages now\? \[Y\/n\]/);
    expect(err.message).toBe('nothing was installed');
  });

  it('installs nothing where there is no apt', async () => {
    const err = await failure(ensurePrograms(finderWithout('nft', 'apt-get'), { yes: true }, setUp().context));
    expect(err.hint).toMatch(/on Debian only/);
  });
});
