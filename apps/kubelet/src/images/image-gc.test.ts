import type { Container, Image } from '@steersman/cri';
import type { EventNote } from '@steersman/controller';
import { silentLogger } from '@steersman/telemetry';
import { FakeClock } from '@steersman/testing';
import { ImageGc } from './image-gc.ts';

const image = (id: string, size: number, pinned = false): Image => ({
  id,
  repoTags: [`${id}:1`],
  repoDigests: [],
  size,
  uid: null,
  username: '',
  pinned,
});

interface Case {
  readonly usedShare: number;
  readonly images: readonly Image[];
  readonly inUse?: readonly string[];
  readonly ageMs?: number;
}

/** The images removed, and the events told, by one collection of a disk of 1,000 bytes. */
async function collect({ usedShare, images, inUse = [], ageMs = 600_000 }: Case) {
  const removed: string[] = [];
  const events: EventNote[] = [];
  const clock = new FakeClock();
  let use = 0.1;
  const gc = new ImageGc({
    cri: {
      listImages: async () => images,
      listContainers: async () => inUse.map(id => ({ imageRef: id, image: { image: id } }) as Container),
      removeImage: async id => void removed.push(id),
      imageFsInfo: async () => [{ timestamp: 0, fsId: { mountpoint: '/images' }, usedBytes: null, inodesUsed: null }],
    },
    diskUse: () => ({ capacityBytes: 1_000, availableBytes: 1_000 * (1 - use) }),
    recorder: { record: note => void events.push(note), flushed: async () => {} },
    node: { metadata: { name: 'n' } } as never,
    clock,
    log: silentLogger,
  });
  const { signal } = new AbortController();
  await gc.collect(signal);
  await clock.advance(ageMs);
  use = usedShare;
  await gc.collect(signal);
  return { removed, events: events.map(({ reason }) => reason) };
}

describe('ImageGc', () => {
  it.each([
    {
      name: 'leaves everything while there is space',
      given: { usedShare: 0.84, images: [image('a', 100)] },
      want: { removed: [], events: [] },
    },
    {
      name: 'removes until enough is free',
      given: { usedShare: 0.86, images: [image('a', 60), image('b', 60)] },
      want: { removed: ['a'], events: [] },
    },
    {
      name: 'spares what runs, what is pinned, and tells when that is not enough',
      given: { usedShare: 0.9, images: [image('a', 60), image('b', 60), image('c', 60, true)], inUse: ['a'] },
      want: { removed: ['b'], events: ['FreeDiskSpaceFailed'] },
    },
    {
      name: 'spares what has just come',
      given: { usedShare: 0.9, images: [image('a', 60)], ageMs: 1_000 },
      want: { removed: [], events: ['FreeDiskSpaceFailed'] },
    },
  ])('$name', async ({ given, want }) => {
    expect(await collect(given)).toEqual(want);
  });
});
