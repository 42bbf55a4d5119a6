import { readFileSync } from 'node:fs';
import { run } from './run.ts';

/** Mount points below a folder, the deepest first: field 5 of proc(5) mountinfo, blanks and the like in octal. */
export const mountsBelow = (folder: string, mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): readonly string[] =>
  mountinfo
    .split('\n')
    .map(line =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter(path => path.startsWith(`${folder}/`))
    .reverse();

/** Also mounts that somebody is in: they go when the last one leaves. */
export async function unmountBelow(folder: string, signal: AbortSignal): Promise<void> {
  const found = mountsBelow(folder);
  if (found.length > 0) await run('umount', ['--lazy', ...found], { signal, mayFail: true });
}
