import { mountsBelow } from './mounts.ts';

describe('mountsBelow', () => {
  it('lists the deepest first, with blanks as they are, and nobody else’s', () => {
    const mountinfo = [
      '22 1 254:0 / / rw - ext4 /dev/vda rw',
      '40 22 0:40 / /data/state/rootfs rw - overlay overlay rw',
      '41 40 0:41 / /data/state/rootfs/shm rw - tmpfs shm rw',
      '42 22 0:42 / /data/a\\040pod rw - tmpfs tmpfs rw',
      '43 22 0:43 / /database rw - tmpfs tmpfs rw',
      '',
    ].join('\n');
    expect(mountsBelow('/data', mountinfo)).toEqual(['/data/a pod', '/data/state/rootfs/shm', '/data/state/rootfs']);
  });
});
