import { type Clock, isAbortError, retry, systemClock } from '@steersman/async';
import type { ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import { currentTrace, type Logger, silentLogger, type TraceContext, withTrace } from '@steersman/telemetry';
import type { ApiObject, Event, New } from '@steersman/types';
import { EventCorrelator } from './event-correlator.ts';

/** Events waiting to be written; more are dropped, as an event is never worth holding up work for. */
const MAX_WAITING = 1_000;
const MAX_TRIES = 12;

export interface EventNote {
  /** With apiVersion and kind. */
  readonly about: ApiObject;
  /** Part of the object, such as `spec.containers{web}`. */
  readonly fieldPath?: string;
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase, such as `Scheduled`. */
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Returns at once; repeated events are counted on one object, as `kubectl describe` shows them (`x3 over 2m`). */
  record(note: EventNote): void;
  /** Resolves when everything recorded so far is written or given up. */
  flushed(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly events: ResourceClient<Event>;
  /** Shown as From, such as `deployment-controller`, `default-scheduler`, `kubelet`. */
  readonly component: string;
  /** The node, for agents that run on one. */
  readonly host?: string;
  readonly signal: AbortSignal;
  readonly log?: Logger;
  readonly clock?: Clock;
  /** How long events are held back, so that they do not compete with the work they tell of; not at all unless told. */
  readonly delayMs?: number;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #correlator: EventCorrelator;
  readonly #waiting: { readonly note: EventNote; readonly at: Date; readonly trace: TraceContext | undefined }[] = [];
  #pump: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#correlator = new EventCorrelator(this.#clock);
  }

  record(note: EventNote): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#log.warn('too many events are waiting: dropped one', { reason: note.reason, about: note.about.metadata.name });
      return;
    }
    this.#waiting.push({ note, at: this.#clock.wall(), trace: currentTrace() });
    this.#pump ??= this.#writeAll();
  }

  async flushed(): Promise<void> {
    await this.#pump;
  }

  async #writeAll(): Promise<void> {
    const { delayMs = 0, signal } = this.#options;
    if (delayMs > 0) await this.#clock.sleep(delayMs, signal).catch(() => {}); // what is told by then is written all the same
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { note, at, trace } = next;
      await withTrace(trace, () => this.#write(note, at));
    }
    this.#pump = undefined;
  }

  async #write(note: EventNote, at: Date): Promise<void> {
    const { signal } = this.#options;
    const known = this.#correlator.correlate(note);
    if (!known) return;
    let failures = 0;
    try {
      await retry(() => (known.count > 1 && known.name !== '' ? this.#countUp(note, at, known) : this.#create(note, at, known)), {
        signal,
        clock: this.#clock,
        firstMs: 100,
        maxMs: 10_000,
        retryable: err =>
          ++failures < MAX_TRIES && isReason(err, 'ServiceUnavailable', 'Timeout', 'ServerTimeout', 'TooManyRequests', 'InternalError'),
      });
    } catch (err) {
      // A namespace that is going away takes no new events: nothing anybody can mend.
      if (!isAbortError(err) && !isReason(err, 'NotFound', 'Forbidden'))
        this.#log.warn('an event was not written', { reason: note.reason, err });
    }
  }

  async #countUp(note: EventNote, at: Date, known: Known): Promise<void> {
    const { namespace = 'default' } = note.about.metadata;
    const patch = { count: known.count, lastTimestamp: timestamp(at), message: known.message };
    try {
      await this.#options.events.patch({ namespace, name: known.name }, patch, {
        type: 'application/merge-patch+json',
        signal: this.#options.signal,
      });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
      await this.#create(note, at, known); // it has expired meanwhile
    }
  }

  async #create(note: EventNote, at: Date, known: Known): Promise<void> {
    const { events, component, host = '', signal } = this.#options;
    const name = `${note.about.metadata.name}.${(BigInt(at.getTime()) * 1_000_000n + BigInt(++this.#names % 1_000_000)).toString(16)}`;
    await events.create(eventOf(note, { name, component, host, at: timestamp(at), message: known.message, count: known.count }), {
      signal,
    });
    known.name = name;
  }

  #names = 0;
}

interface Known {
  name: string;
  readonly count: number;
  readonly message: string;
}

interface EventFacts {
  readonly name: string;
  readonly component: string;
  readonly host: string;
  readonly at: string;
  readonly message: string;
  readonly count: number;
}

/** The shape upstream's components write and `kubectl describe` reads: source, first and last timestamp, count. */
function eventOf({ about, fieldPath, type, reason }: EventNote, { name, component, host, at, message, count }: EventFacts): New<Event> {
  const { namespace, name: aboutName, uid, resourceVersion } = about.metadata;
  return {
    metadata: { name, namespace: namespace ?? 'default' },
    involvedObject: {
      ...(about.apiVersion && { apiVersion: about.apiVersion }),
      ...(about.kind && { kind: about.kind }),
      ...(namespace && { namespace }),
      name: aboutName,
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
      ...(fieldPath && { fieldPath }),
    },
    type,
    reason,
    message,
    source: { component, ...(host && { host }) },
    reportingComponent: component,
    reportingInstance: host,
    firstTimestamp: at,
    lastTimestamp: at,
    count,
  };
}

/** metav1.Time has whole seconds. */
const timestamp = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');
