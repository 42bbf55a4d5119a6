import type { Pod } from '@steersman/types';
import { Heap } from './heap.ts';
import type { PodGroup } from './pod-groups.ts';

/** Upstream's: a pod that fits nowhere is tried again after 1 s, then 2, 4, 8 and 10, if there is reason to. */
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 10_000;
/** Without any reason it is tried again after this long, so that no missed reason lasts. */
const PARKED_MS = 300_000;

/** A pod that waits for a node. */
export interface Waiting {
  pod: Pod;
  readonly group: PodGroup;
  attempts: number;
  /** No try before this. */
  notBefore: number;
  place: 'ready' | 'backoff' | 'parked' | 'out';
  /** Moves with each change of place: what a heap holds under an older one no longer counts. */
  ticket: number;
}

interface Slot {
  readonly waiting: Waiting;
  readonly ticket: number;
  /** When it is due, or, among the ready, its turn. */
  readonly at: number;
}

/** Pods that wait for a node: those to try now, those in back-off, and those for which something has to change first. */
export class PodQueue {
  readonly #ready = new Heap<Slot>((a, b) => priority(a) > priority(b) || (priority(a) === priority(b) && a.at < b.at));
  readonly #timers = new Heap<Slot>((a, b) => a.at < b.at);
  readonly #parked = new Map<PodGroup, Set<Waiting>>();
  #turn = 0;

  add(pod: Pod, group: PodGroup): Waiting {
    const waiting: Waiting = { pod, group, attempts: 0, notBefore: 0, place: 'out', ticket: 0 };
    this.#makeReady(waiting);
    return waiting;
  }

  remove(waiting: Waiting): void {
    this.#move(waiting, 'out');
  }

  /** The next pod to try, taken out of the queue. */
  take(nowMs: number): Waiting | undefined {
    this.#ring(nowMs);
    for (let slot = this.#ready.pop(); slot; slot = this.#ready.pop()) {
      if (slot.ticket !== slot.waiting.ticket) continue;
      this.#move(slot.waiting, 'out');
      slot.waiting.attempts++;
      return slot.waiting;
    }
    return undefined;
  }

  /** Back to be tried again after its back-off. */
  retry(waiting: Waiting, nowMs: number): void {
    waiting.notBefore = nowMs + backoffMs(waiting.attempts);
    this.#delay(waiting, nowMs);
  }

  /** Back until something changes for it. */
  park(waiting: Waiting, nowMs: number): void {
    waiting.notBefore = nowMs + backoffMs(waiting.attempts);
    this.#move(waiting, 'parked');
    const others = this.#parked.get(waiting.group) ?? new Set();
    this.#parked.set(waiting.group, others.add(waiting));
    this.#timers.push({ waiting, ticket: waiting.ticket, at: nowMs + PARKED_MS });
  }

  /** Lets every parked pod of the groups that `helps` names be tried again. */
  wake(helps: (group: PodGroup) => boolean, nowMs: number): void {
    for (const [group, all] of [...this.#parked]) {
      if (helps(group)) for (const waiting of [...all]) this.#delay(waiting, nowMs);
    }
  }

  /** When there is something to try; undefined when only a change helps. */
  nextAt(nowMs: number): number | undefined {
    this.#ring(nowMs);
    for (const [heap, at] of [
      [this.#ready, () => nowMs],
      [this.#timers, (slot: Slot) => slot.at],
    ] as const) {
      for (let slot = heap.peek(); slot; slot = heap.peek()) {
        if (slot.ticket === slot.waiting.ticket) return at(slot);
        heap.pop();
      }
    }
    return undefined;
  }

  #ring(nowMs: number): void {
    for (let slot = this.#timers.peek(); slot && slot.at <= nowMs; slot = this.#timers.peek()) {
      this.#timers.pop();
      if (slot.ticket === slot.waiting.ticket) this.#makeReady(slot.waiting);
    }
  }

  #delay(waiting: Waiting, nowMs: number): void {
    if (waiting.notBefore <= nowMs) {
      this.#makeReady(waiting);
      return;
    }
    this.#move(waiting, 'backoff');
    this.#timers.push({ waiting, ticket: waiting.ticket, at: waiting.notBefore });
  }

  #makeReady(waiting: Waiting): void {
    this.#move(waiting, 'ready');
    this.#ready.push({ waiting, ticket: waiting.ticket, at: this.#turn++ });
  }

  #move(waiting: Waiting, place: Waiting['place']): void {
    if (waiting.place === 'parked') {
      const others = this.#parked.get(waiting.group);
      others?.delete(waiting);
      if (others?.size === 0) this.#parked.delete(waiting.group);
    }
    waiting.place = place;
    waiting.ticket++;
  }
}

const priority = ({ waiting }: Slot): number => waiting.pod.spec.priority ?? 0;
const backoffMs = (attempts: number): number => Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
