import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { architectureOf } from '@steersman/cri/images';
import { pauseProgram } from './pause-program.ts';

/** rt_sigtimedwait, as /proc/<pid>/syscall names it. */
const WAITING = process.arch === 'arm64' ? '137 ' : '128 ';
const ignoredSignals = (pid: number): bigint =>
  BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'}`);

describe('pauseProgram', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pause-'));
  const file = join(dir, 'pause');
  writeFileSync(file, pauseProgram(architectureOf(process.arch)), { mode: 0o755 });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each(['SIGTERM', 'SIGINT'] as const)('waits for ever, ignores children, and ends with 0 on %s', async name => {
    const child = spawn(file, { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      const pid = child.pid ?? 0;
      while (!readFileSync(`/proc/${pid}/syscall`, 'utf8').startsWith(WAITING)) await new Promise(setImmediate);
      expect((ignoredSignals(pid) >> 16n) & 1n).toBe(1n); // SIGCHLD
      child.kill(name);
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is a static executable of both machines', () => {
    const machines = (['amd64', 'arm64'] as const).map(architecture => pauseProgram(architecture).readUInt16LE(18));
    expect(machines).toEqual([62, 183]);
    expect(spawnSync('sh', ['-c', `wc -c < ${file}`], { encoding: 'utf8' }).stdout.trim()).toMatch(/^2\d\d$/);
  });

  it('assembles arm64 as its manual says', () => {
    const program = pauseProgram('arm64');
    const words = Array.from({ length: (program.length - 120 - 40) / 4 }, (_, at) => program.readUInt32LE(120 + at * 4).toString(16));
    // mov x8, #135; mov x0, #0; adr x1, +72; mov x2, #0; mov x3, #8; svc #0; mov x8, #134; mov x0, #17; adr x1, +56; ...
    expect(words.slice(0, 9)).toEqual([
      'd28010e8',
      'd2800000',
      '10000241',
      'd2800002',
      'd2800103',
      'd4000001',
      'd28010c8',
      'd2800220',
      '100001c1',
    ]);
    // ...; mov x8, #137; adr x0, +32; mov x1, #0; mov x2, #0; svc #0; tbnz w0, #31, -20; mov x8, #94; mov x0, #0; svc #0
    expect(words.slice(11)).toEqual([
      'd2801128',
      '10000100',
      'd2800001',
      'd2800002',
      'd4000001',
      '37ffff60',
      'd2800bc8',
      'd2800000',
      'd4000001',
    ]);
  });
});
