import type { Clock } from '@steersman/async';
import type { Change } from '@steersman/client';
import { parseTraceparent, type TraceContext } from '@steersman/telemetry';
import type { Pod } from '@steersman/types';

interface Seen {
  readonly trace: TraceContext | undefined;
  readonly atMs: number;
}

/** Which call each waiting pod came from, so that placing it shows in that call's trace. */
export class PodTraces {
  readonly #seen = new Map<string, Seen>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first context of a pod counts: later ones are of those who changed it. */
  see({ prev, next, traceparent }: Change<Pod>): void {
    const uid = (next ?? prev)?.metadata.uid ?? '';
    if (!next || next.spec.nodeName) this.#seen.delete(uid);
    else if (!this.#seen.has(uid)) this.#seen.set(uid, { trace: parseTraceparent(traceparent), atMs: this.#clock.now() });
  }

  of({ metadata }: Pod): TraceContext | undefined {
    return this.#seen.get(metadata.uid)?.trace;
  }

  /** Milliseconds since the pod was seen first. */
  age({ metadata }: Pod): number {
    const now = this.#clock.now();
    return now - (this.#seen.get(metadata.uid)?.atMs ?? now);
  }
}
