import { systemClock } from '@steersman/async';
import { ConfigError } from '@steersman/config';
import { Registry } from '../cluster/state.ts';
import type { Context } from './context.ts';
import { paintFor } from './out.ts';
import { runCommand } from './run-command.ts';

function setUp() {
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
    ask: undefined,
  };
  return { said, context };
}

describe('runCommand', () => {
  it.each([
    { name: 'an unknown command', args: ['upp'], want: 'unknown command "upp"; did you mean up?' },
    { name: 'an unknown flag', args: ['up', '--data-dri', '/x'], want: 'unknown flag --data-dri; did you mean --data-dir?' },
    { name: 'a word too many', args: ['status', 'now'], want: 'unexpected argument "now"' },
    { name: 'a bad name', args: ['status', '--name', 'Not_A_Name'], want: '"Not_A_Name" is not a name' },
    { name: 'a folder too deep for sockets', args: ['status', '--data-dir', `/${'x'.repeat(80)}`], want: 'too long for sockets' },
    { name: 'an unknown way to say it', args: ['status', '-o', 'yaml'], want: '"yaml" is not one of text, json' },
    { name: 'logs of nothing', args: ['logs', 'api-server'], want: 'did you mean apiserver?' },
    { name: 'an unknown image command', args: ['image', 'improt'], want: 'did you mean import?' },
  ])('refuses $name', async ({ args, want }) => {
    const run = runCommand(args, setUp().context);
    await expect(run).rejects.toThrow(ConfigError);
    await expect(run).rejects.toThrow(want);
  });

  it('knows that a cluster is not there', async () => {
    await expect(runCommand(['status', '--name', 'blue', '--data-dir', '/nonexistent'], setUp().context)).rejects.toThrow(
      'there is no cluster "blue" in /nonexistent',
    );
  });

  it.each([
    { args: [], want: /up +bring the cluster up[^]*image/ },
    { args: ['help', 'up'], want: /--node-name/ },
    { args: ['down', '-h'], want: /--purge/ },
    { args: ['--version'], want: /^steersman \d/ },
  ])('helps with $args', async ({ args, want }) => {
    const { said, context } = setUp();
    await runCommand(args, context);
    expect(said.join('\n')).toMatch(want);
  });
});
