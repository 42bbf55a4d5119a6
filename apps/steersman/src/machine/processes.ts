import { readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from boot to its start, from /proc/<pid>/stat. */
  readonly startTime: string;
}

/** Fields 3 and 22 of proc(5) stat; they are counted from behind the command, which may hold blanks and brackets. */
const STATE = 0;
const START_TIME = 19;

/** Undefined when there is no such process, or only what is left of a dead one. */
export function processId(pid: number): ProcessId | undefined {
  const fields = fieldsOf(pid);
  const startTime = fields[START_TIME];
  return startTime === undefined || ['Z', 'X'].includes(fields[STATE] ?? '') ? undefined : { pid, startTime };
}

export const isAlive = ({ pid, startTime }: ProcessId): boolean => processId(pid)?.startTime === startTime;

/** Whether it was stopped by a signal, or by a debugger. */
export const isHalted = (pid: number): boolean => ['T', 't'].includes(fieldsOf(pid)[STATE] ?? '');

/** True when it was there to get the signal. */
export function signalProcess(target: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return false; // it ended between the look and the signal
  }
}

export const commandLine = (pid: number): readonly string[] => read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);

/** Processes that have `name=value` in the environment they were started with. */
export const processesWith = (name: string, value: string): readonly ProcessId[] =>
  readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && read(`/proc/${entry}/environ`).split('\0').includes(`${name}=${value}`))
    .flatMap(entry => processId(Number(entry)) ?? []);

const fieldsOf = (pid: number): readonly string[] => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];

/** Empty for a process that has just ended or is none of ours. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
