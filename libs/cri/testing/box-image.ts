import { readFileSync } from 'node:fs';
import { ociArchive } from './oci-archive.ts';

export const BOX_IMAGE = 'test.steersman.io/box:1';

const APPLETS = ['cat', 'dd', 'echo', 'env', 'false', 'head', 'httpd', 'id', 'ls', 'nc', 'ps', 'sh', 'sleep', 'stty', 'tail', 'true', 'wc'];

/** A static busybox that waits until it is told to stop: sandbox and containers alike. */
export const boxImage = (busybox = '/bin/busybox'): Buffer =>
  ociArchive({
    name: BOX_IMAGE,
    command: ['/bin/sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'],
    files: [
      ...['bin/', 'etc/', 'proc/', 'sys/', 'dev/'].map(name => ({ name, mode: 0o755 })),
      { name: 'tmp/', mode: 0o1777 },
      { name: 'etc/passwd', mode: 0o644, data: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
      { name: 'bin/busybox', mode: 0o755, data: readFileSync(busybox) },
      ...APPLETS.map(applet => ({ name: `bin/${applet}`, mode: 0o777, link: 'busybox' })),
    ],
  });
