import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandLine, isAlive, isHalted, processesWith, processId, signalProcess } from './processes.ts';

describe('processId', () => {
  it('tells a process from a later one with its pid, and from a dead one', async () => {
    const child = spawn('sleep', ['60'], { env: { STEERSMAN_TEST: 'alive' } });
    await once(child, 'spawn');
    const id = processId(child.pid ?? 0)!;
    expect([isAlive(id), isAlive({ ...id, startTime: '1' })]).toEqual([true, false]);
    expect(processesWith('STEERSMAN_TEST', 'alive')).toEqual([id]);
    expect(commandLine(id.pid)).toEqual(['sleep', '60']);
    expect(isHalted(id.pid)).toBe(false);
    expect(signalProcess({ ...id, startTime: '1' }, 'SIGKILL')).toBe(false);
    expect(signalProcess(id, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect([processId(id.pid), isAlive(id), signalProcess(id, 'SIGKILL')]).toEqual([undefined, false, false]);
  });
});
