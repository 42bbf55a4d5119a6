import { untilAborted } from '@steersman/async';
import { silentLogger } from '@steersman/telemetry';
import { FakeClock, settled } from '@steersman/testing';
import type { Component, ComponentRecord, Exit } from './plan.ts';
import { type RunningProcess, supervise } from './supervise.ts';

const component = (name: string): Component => ({ name, command: '/bin/x', args: [], env: {}, logFile: '' });

/** Processes that end when the test says so. */
class FakeProcesses {
  readonly #exits = new Map<number, (exit: Exit) => void>();
  readonly started: string[] = [];
  #pid = 100;

  readonly left: Record<string, RunningProcess> = {};

  start({ name }: Component): RunningProcess {
    this.started.push(name);
    return this.make(++this.#pid);
  }

  adopt({ name }: Component): RunningProcess | undefined {
    return this.left[name];
  }

  make(pid: number): RunningProcess {
    const exit = new Promise<Exit>(resolve => this.#exits.set(pid, resolve));
    return { pid, startTime: `t${pid}`, ended: signal => untilAborted(exit, signal) };
  }

  end(pid: number, exit: Exit): void {
    this.#exits.get(pid)?.(exit);
  }
}

function setUp(processes: FakeProcesses, names: readonly string[]) {
  const [clock, stop] = [new FakeClock(), new AbortController()];
  const records = new Map<string, ComponentRecord>();
  const done = supervise(names.map(component), {
    processes,
    save: record => records.set(record.name, record),
    clock,
    log: silentLogger,
    signal: stop.signal,
  });
  done.catch(() => {}); // looked at by the tests that end it
  return { clock, stop, records, done };
}

describe('supervise', () => {
  it('starts at once what ended for the first time, and later what ends again and again', async () => {
    const processes = new FakeProcesses();
    const { clock, records } = setUp(processes, ['nats']);
    expect(records.get('nats')).toMatchObject({ state: 'running', pid: 101, startTime: 't101', restarts: 0 });
    processes.end(101, { signal: 'SIGKILL' });
    await settled();
    expect(records.get('nats')).toMatchObject({ state: 'running', pid: 102, restarts: 1, lastExit: { signal: 'SIGKILL' } });
    processes.end(102, { code: 1 });
    await settled();
    expect(records.get('nats')).toMatchObject({ state: 'waiting', lastExit: { code: 1 } });
    expect(records.get('nats')).not.toHaveProperty('pid');
    await clock.advance(99);
    expect(processes.started).toHaveLength(2);
    await clock.advance(1);
    expect(records.get('nats')).toMatchObject({ state: 'running', pid: 103, restarts: 2 });
  });

  it('does not start again what refuses its configuration, and goes on with the others', async () => {
    const processes = new FakeProcesses();
    const { records } = setUp(processes, ['kubelet', 'nats']);
    processes.end(101, { code: 64 });
    processes.end(102, { code: 1 });
    await settled();
    expect([...records.values()].map(({ name, state }) => [name, state])).toEqual([
      ['kubelet', 'failed'],
      ['nats', 'running'],
    ]);
    expect(processes.started).toEqual(['kubelet', 'nats', 'nats']);
  });

  it('adopts what an earlier one left, and starts it anew when it ends', async () => {
    const processes = new FakeProcesses();
    processes.left['nats'] = processes.make(7);
    const { records } = setUp(processes, ['nats', 'kubelet']);
    expect(processes.started).toEqual(['kubelet']);
    expect(records.get('nats')).toMatchObject({ state: 'running', pid: 7, startTime: 't7' });
    processes.end(7, {});
    await settled();
    expect(processes.started).toEqual(['kubelet', 'nats']);
  });

  it('leaves everything running when it is stopped', async () => {
    const processes = new FakeProcesses();
    const { stop, done, records } = setUp(processes, ['nats']);
    stop.abort();
    await expect(done).rejects.toThrow('aborted');
    expect(records.get('nats')).toMatchObject({ state: 'running', pid: 101 });
    expect(processes.started).toEqual(['nats']);
  });
});
