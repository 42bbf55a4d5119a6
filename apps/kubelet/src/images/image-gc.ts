import { statfsSync } from 'node:fs';
import type { Clock } from '@steersman/async';
import type { EventRecorder } from '@steersman/controller';
import type { Cri, Image } from '@steersman/cri';
import type { Logger } from '@steersman/telemetry';
import type { ApiObject } from '@steersman/types';
import { messageOf } from '../start-error.ts';

const PERIOD_MS = 300_000;
/** Upstream's defaults: above the one images go until the other is reached. */
const HIGH_SHARE = 0.85;
const LOW_SHARE = 0.8;
/** An image just pulled may be about to be used. */
const LEAST_AGE_MS = 120_000;

export interface DiskUse {
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

export interface ImageGcDeps {
  readonly cri: Pick<Cri, 'listImages' | 'listContainers' | 'removeImage' | 'imageFsInfo'>;
  readonly diskUse: (mountpoint: string) => DiskUse;
  readonly recorder: EventRecorder;
  readonly node: ApiObject;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Seen {
  readonly firstMs: number;
  usedMs: number;
}

/** Removes images nobody uses, those unused longest first, when their disk is nearly full. */
export class ImageGc {
  readonly #deps: ImageGcDeps;
  readonly #seen = new Map<string, Seen>();

  constructor(deps: ImageGcDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!signal.aborted) {
      await this.collect(signal).catch((err: unknown) => {
        if (!signal.aborted) log.warn('images not collected', { message: messageOf(err) });
      });
      await clock.sleep(PERIOD_MS, signal).catch(() => {}); // the loop ends with the signal
    }
  }

  /** One look, and what it calls for. */
  async collect(signal: AbortSignal): Promise<void> {
    const { cri, diskUse, clock } = this.#deps;
    const [images, containers, [fs]] = await Promise.all([
      cri.listImages(undefined, { signal }),
      cri.listContainers({}, { signal }),
      cri.imageFsInfo({ signal }),
    ]);
    const now = clock.now();
    const used = new Set(containers.flatMap(({ imageRef, image }) => [imageRef, image.image]));
    const idle = images.filter(image => !this.#note(image, used, now) && !image.pinned);
    const mountpoint = fs?.fsId?.mountpoint;
    if (mountpoint === undefined) return;
    const { capacityBytes, availableBytes } = diskUse(mountpoint);
    if (1 - availableBytes / capacityBytes < HIGH_SHARE) return;
    await this.#free(idle, Math.ceil((1 - LOW_SHARE) * capacityBytes - availableBytes), now);
  }

  /** True for an image some container is made of. */
  #note({ id, repoTags, repoDigests }: Image, used: ReadonlySet<string>, now: number): boolean {
    const seen = this.#seen.get(id) ?? { firstMs: now, usedMs: now };
    const isUsed = [id, ...repoTags, ...repoDigests].some(name => used.has(name));
    if (isUsed) seen.usedMs = now;
    this.#seen.set(id, seen);
    return isUsed;
  }

  async #free(idle: readonly Image[], wantedBytes: number, now: number): Promise<void> {
    const { cri, log, recorder, node } = this.#deps;
    const age = ({ id }: Image): Seen => this.#seen.get(id) ?? { firstMs: now, usedMs: now };
    let freedBytes = 0;
    for (const image of idle.toSorted((a, b) => age(a).usedMs - age(b).usedMs)) {
      if (freedBytes >= wantedBytes) return;
      if (now - age(image).firstMs < LEAST_AGE_MS) continue;
      await cri.removeImage(image.id);
      this.#seen.delete(image.id);
      freedBytes += image.size;
      log.info('image removed to gain space', { image: image.id, names: image.repoTags, bytes: image.size });
    }
    if (freedBytes >= wantedBytes) return;
    const message = `Failed to garbage collect required amount of images. Attempted to free ${wantedBytes} bytes, but only found ${freedBytes} bytes eligible to free.`;
    log.warn('too few images to remove', { wantedBytes, freedBytes });
    recorder.record({ about: node, type: 'Warning', reason: 'FreeDiskSpaceFailed', message });
  }
}

export function diskUse(mountpoint: string): DiskUse {
  const { bsize, blocks, bavail } = statfsSync(mountpoint);
  return { capacityBytes: bsize * blocks, availableBytes: bsize * bavail };
}
