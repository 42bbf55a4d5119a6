import type { Change } from './change.ts';

export interface WindowLimits {
  /** Changes are kept at least this long ... */
  readonly keepMs: number;
  /** ... unless they take more than this. */
  readonly maxBytes: number;
}

/** The recent changes of one resource, in revision order: where a watch may start. */
export class EventWindow {
  readonly #limits: WindowLimits;
  #changes: ({ readonly change: Change; readonly at: number } | undefined)[] = [];
  /** Changes before this place are dropped; the array is cut when they are the larger part. */
  #first = 0;
  #bytes = 0;
  #start: number;

  /** Holds all changes after revision `start`. */
  constructor(start: number, limits: WindowLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** The oldest revision a watch may start after. */
  get start(): number {
    return this.#start;
  }

  push(change: Change, now: number): void {
    this.#changes.push({ change, at: now });
    this.#bytes += change.sizeBytes;
    while (this.#bytes > this.#limits.maxBytes && this.#first < this.#changes.length - 1) this.#dropFirst();
  }

  prune(now: number): void {
    while ((this.#changes[this.#first]?.at ?? Infinity) < now - this.#limits.keepMs) this.#dropFirst();
  }

  /** Changes after `revision`, which is not before `start`. */
  after(revision: number): readonly Change[] {
    let [low, high] = [this.#first, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.change.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low).flatMap(entry => entry?.change ?? []);
  }

  #dropFirst(): void {
    const dropped = this.#changes[this.#first]?.change;
    if (!dropped) return;
    this.#start = dropped.revision;
    this.#bytes -= dropped.sizeBytes;
    this.#changes[this.#first++] = undefined;
    if (this.#first < 64 || this.#first * 2 < this.#changes.length) return;
    this.#changes = this.#changes.slice(this.#first);
    this.#first = 0;
  }
}
