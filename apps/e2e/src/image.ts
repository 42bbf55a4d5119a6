import { readFileSync, writeFileSync } from 'node:fs';
import { ociArchive } from '@steersman/cri/testing';
import { peer } from './peers.ts';

export const IMAGE = 'e2e.steersman.io/box:1';

/** Counts in its log until it is told to stop, which it does at once. */
const COMMAND = ['/bin/sh', '-c', 'trap "echo bye; exit 0" TERM; n=0; while :; do echo "tick $n"; n=$((n+1)); sleep 0.2 & wait $!; done'];
const APPLETS =
  'sh cat cp cut dd echo env false grep head hostname httpd id ip ls mkdir mv nc nslookup ps rm sed seq sleep sort stty tail tar test touch tr true tty vi wc wget yes';

/** Writes an OCI archive of a static busybox: no registry is needed. */
export function writeImage(file: string): void {
  const archive = ociArchive({
    name: IMAGE,
    command: COMMAND,
    files: [
      ...['bin/', 'etc/', 'proc/', 'sys/', 'dev/', 'var/'].map(name => ({ name, mode: 0o755 })),
      { name: 'tmp/', mode: 0o1777 },
      { name: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
      { name: 'bin/busybox', mode: 0o755, data: readFileSync(peer('busybox')) },
      ...APPLETS.split(' ').map(applet => ({ name: `bin/${applet}`, mode: 0o777, link: 'busybox' })),
    ],
  });
  writeFileSync(file, archive);
}
