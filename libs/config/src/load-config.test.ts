import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSettings, loadConfig } from './load-config.ts';
import { duration, flag, list, port, text } from './settings.ts';

const settings = {
  nodeName: text('name this kubelet registers under', 'localhost'),
  port: port('HTTPS port', 10250),
  syncPeriod: duration('time between full pod syncs', '1m'),
  registerNode: flag('register the node'),
  taints: list('taints of the node', []),
};

const load = (args: string[] = [], env: Record<string, string> = {}) => loadConfig('kubelet', settings, { args, env });

describe('loadConfig', () => {
  it.each([
    { name: 'defaults', args: [], env: {}, want: { port: 10250, syncPeriod: 60_000, registerNode: false } },
    { name: 'environment over default', args: [], env: { STEERSMAN_KUBELET_PORT: '1' }, want: { port: 1 } },
    { name: 'flag over environment', args: ['--port', '2'], env: { STEERSMAN_KUBELET_PORT: '1' }, want: { port: 2 } },
    { name: 'flag with an equals sign', args: ['--sync-period=1m30s'], env: {}, want: { syncPeriod: 90_000 } },
    { name: 'camel case to snake case', args: [], env: { STEERSMAN_KUBELET_NODE_NAME: 'n1' }, want: { nodeName: 'n1' } },
    { name: 'a bare switch', args: ['--register-node'], env: {}, want: { registerNode: true } },
    { name: 'a list', args: ['--taints=a,b'], env: {}, want: { taints: ['a', 'b'] } },
  ])('$name', ({ args, env, want }) => {
    expect(load(args, env).config).toMatchObject(want);
  });

  it('keeps operands apart and knows what was given', () => {
    const { operands, given } = load(['one', '--port', '2', 'two', '--', '--three']);
    expect({ operands, given: [...given] }).toEqual({ operands: ['one', 'two', '--three'], given: ['port'] });
  });

  it.each([
    {
      name: 'all problems together',
      args: ['--port=x', '--sync-period=soon'],
      want: 'invalid configuration\n  --port: "x" is not an integer\n  --sync-period: "soon" is not a duration such as 30s or 1m30s',
    },
    {
      name: 'an unknown flag, with the right one',
      args: ['--sync-perod=1s'],
      want: 'unknown flag --sync-perod; did you mean --sync-period?',
    },
    { name: 'an unknown flag like no other', args: ['--quux'], want: 'unknown flag --quux' },
    { name: 'a missing value', args: ['--port'], want: '--port: a value is missing' },
    { name: 'a port out of range', args: ['--port=70000'], want: '--port: 70000 is not between 0 and 65535' },
  ])('refuses $name', ({ args, want }) => {
    expect(() => load(args)).toThrow(want);
  });

  it('reads a file below the environment', () => {
    const dir = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      const file = join(dir, 'kubelet.yaml');
      writeFileSync(file, 'apiVersion: config.steersman.io/v1\nport: 3\nnodeName: n2\n');
      expect(load(['--config', file], { STEERSMAN_KUBELET_PORT: '1' }).config).toMatchObject({ port: 1, nodeName: 'n2' });
      writeFileSync(file, 'apiVersion: config.steersman.io/v1\nprot: 3\n');
      expect(() => load(['--config', file])).toThrow('unknown setting prot; did you mean port?');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('describeSettings', () => {
  it('has a line per setting', () => {
    expect(describeSettings(settings).split('\n')[1]).toMatch(/^ {2}--port PORT +HTTPS port \(default 10250\)$/);
  });
});
