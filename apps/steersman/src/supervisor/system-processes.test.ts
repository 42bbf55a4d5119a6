import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@steersman/async';
import { writeJson } from '../cluster/json-file.ts';
import { type Layout, layoutOf } from '../cluster/layout.ts';
import { isAlive, signalProcess } from '../machine/processes.ts';
import type { Component } from './plan.ts';
import type { RunningProcess } from './supervise.ts';
import { systemProcesses } from './system-processes.ts';

const { signal } = new AbortController();
let layout: Layout;
let started: RunningProcess[];
beforeEach(() => {
  layout = layoutOf(mkdtempSync(join(tmpdir(), 'supervisor-')));
  mkdirSync(layout.logs);
  started = [];
});
afterEach(() => {
  for (const running of started) signalProcess(running, 'SIGKILL');
  rmSync(layout.dataDir, { recursive: true, force: true });
});

const component = (script: string): Component => ({
  name: 'nats',
  command: '/bin/sh',
  args: ['-c', script],
  env: { PATH: '/usr/bin:/bin' },
  logFile: layout.log('nats'),
});

function start(what: Component): RunningProcess {
  const running = systemProcesses(layout, systemClock).start(what);
  started.push(running);
  return running;
}

describe('systemProcesses', () => {
  it('runs a program with its words in a file, and tells how it ended', async () => {
    expect(await start(component('echo hello; echo trouble >&2; exit 3')).ended(signal)).toEqual({ code: 3 });
    expect(readFileSync(layout.log('nats'), 'utf8')).toBe('hello\ntrouble\n');
  });

  it('tells that a program is not there', async () => {
    expect(await start({ ...component(''), command: '/nowhere/nats' }).ended(signal)).toEqual({ code: 127 });
  });

  it.each([
    { name: 'by its record', isRecorded: true },
    { name: 'without a record, by what it is', isRecorded: false },
  ])('adopts a running process $name', async ({ isRecorded }) => {
    const what = component('sleep 60; true');
    const running = start(what);
    if (isRecorded)
      writeJson(layout.record('nats'), { name: 'nats', state: 'running', restarts: 0, pid: running.pid, startTime: running.startTime });
    const adopted = systemProcesses(layout, systemClock).adopt(what);
    expect(adopted?.pid).toBe(running.pid);
    const ended = adopted?.ended(signal);
    signalProcess(running, 'SIGKILL');
    expect(await ended).toEqual({});
    expect(isAlive(running)).toBe(false);
  });

  it('adopts nothing by a record of another process', () => {
    writeJson(layout.record('nats'), { name: 'nats', state: 'running', restarts: 0, pid: process.pid, startTime: '1' });
    expect(systemProcesses(layout, systemClock).adopt(component('sleep 60'))).toBeUndefined();
  });
});
