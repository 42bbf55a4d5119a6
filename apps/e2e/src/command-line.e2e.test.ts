import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, steersman } from './cluster.ts';
import { leftovers, machine } from './machine.ts';
import { shell } from './shell.ts';

describe('./steersman', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'e2e-cli-'));
  const up = (...args: readonly string[]) => ['up', '--yes', '--name', 'e2e-cli', '--data-dir', join(scratch, 'data'), ...args];
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each([
    {
      name: 'an unknown flag, with the right one',
      args: ['up', '--data-dri', '/x'],
      want: /unknown flag --data-dri.*did you mean --data-dir\?/,
    },
    { name: 'an unknown command', args: ['upp'], want: /unknown command "?upp"?/ },
    { name: 'a bad name', args: ['up', '--name', 'Not_A_Name'], want: /Not_A_Name/ },
  ])('refuses $name', async ({ args, want }) => {
    const before = machine();
    const { code, stderr } = await steersman(args);
    expect(stderr).toMatch(want);
    expect(code).toBe(64);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(leftovers(before, machine())).toEqual({});
  });

  it('says that it needs root, and what to do', async () => {
    // In a user namespace without a map: nobody, who may yet read a checkout that is root's alone.
    const { code, stderr, stdout } = await shell('unshare', ['--user', join(ROOT, 'steersman'), ...up()], { env: { HOME: scratch } });
    expect(stderr + stdout).toMatch(/must run as root/);
    expect(stderr + stdout).toMatch(/sudo/);
    expect(code).not.toBe(0);
  });

  it('names a port that is taken when it was given by flag, and leaves nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise(resolve => server.once('listening', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? String(address?.port) : '';
      const before = machine();
      const { code, stderr, stdout } = await steersman(up('--port', port));
      expect(stderr + stdout).toMatch(new RegExp(`port ${port}`));
      expect(code).not.toBe(0);
      await steersman(['down', '--purge', '--yes', '--name', 'e2e-cli', '--data-dir', join(scratch, 'data')]);
      expect(leftovers(before, machine())).toEqual({});
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
  });

  it('says so when there is no such cluster', async () => {
    const { code, stderr, stdout } = await steersman(['status', '--name', 'e2e-nowhere', '--data-dir', join(scratch, 'nowhere')]);
    expect(stderr + stdout).toMatch(/e2e-nowhere/);
    expect(code).not.toBe(0);
  });
});
