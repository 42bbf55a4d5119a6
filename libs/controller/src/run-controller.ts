import { backoffMs, type Clock, isAbortError, systemClock, WorkQueue } from '@steersman/async';
import { isReason } from '@steersman/status';
import { type Logger, parseTraceparent, silentLogger, withTrace } from '@steersman/telemetry';
import type { Key } from '@steersman/types';
import { DelayedKeys } from './delayed-keys.ts';
import type { QueueMetrics } from './queue.metrics.ts';
import type { Watch } from './watch.ts';

/** Failing keys are tried again after 5 ms, 10 ms, 20 ms ... up to 1000 s, as upstream's queues do. */
const BACKOFF = { firstMs: 5, factor: 2, maxMs: 1_000_000, jitter: 0.1 };

export interface Turn {
  readonly signal: AbortSignal;
  /** Names the controller and the key. */
  readonly log: Logger;
}

/** Nothing, or when to look at the key again without a change. */
export type Outcome = { readonly againInMs?: number } | undefined;

export interface Controller {
  readonly name: string;
  /** Keys worked on at the same time, 1 unless told; never one key twice. */
  readonly workers?: number;
  readonly watches: readonly Watch[];
  /** Makes the world right for one key, from what the informers hold. Idempotent; throws to be called again later. */
  reconcile(key: Key, turn: Turn): Promise<Outcome>;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly metrics?: QueueMetrics;
}

/** Runs until `signal` aborts; turns in progress are waited for. Work starts when every watch is synced. */
export async function runController(
  controller: Controller,
  { signal, log = silentLogger, clock = systemClock, metrics }: RunOptions,
): Promise<void> {
  const run = new ControllerRun(controller, { signal, clock, log: log.child({ controller: controller.name }), metrics });
  await run.run();
}

class ControllerRun {
  readonly #controller: Controller;
  readonly #signal: AbortSignal;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #metrics: ReturnType<QueueMetrics['of']> | undefined;
  readonly #queue = new WorkQueue<Key>();
  readonly #later: DelayedKeys;
  readonly #failures = new Map<Key, number>();
  /** The trace of the last change behind a key, so that what is done about it belongs to the same. */
  readonly #traces = new Map<Key, string>();
  readonly #since = new Map<Key, number>();

  constructor(controller: Controller, options: { signal: AbortSignal; log: Logger; clock: Clock; metrics: QueueMetrics | undefined }) {
    this.#controller = controller;
    this.#signal = options.signal;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#metrics = options.metrics?.of(controller.name);
    this.#later = new DelayedKeys(options.clock, key => this.#add(key));
  }

  async run(): Promise<void> {
    const { watches, workers = 1 } = this.#controller;
    const subscriptions = watches.map(source => source.start((key, traceparent) => this.#add(key, traceparent)));
    try {
      await Promise.all(watches.map(source => source.synced(this.#signal)));
      await Promise.all([this.#later.run(this.#signal), ...Array.from({ length: workers }, () => this.#work())]);
    } catch (err) {
      if (!this.#signal.aborted) throw err;
    } finally {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
    }
  }

  #add(key: Key, traceparent?: string): void {
    if (traceparent !== undefined) this.#traces.set(key, traceparent);
    if (!this.#since.has(key)) this.#since.set(key, this.#clock.now());
    this.#queue.add(key);
    this.#metrics?.added(this.#queue.size);
  }

  async #work(): Promise<void> {
    for await (const key of this.#queue.take(this.#signal)) {
      const started = this.#clock.now();
      this.#metrics?.taken(this.#queue.size, (started - (this.#since.get(key) ?? started)) / 1000);
      this.#since.delete(key);
      const trace = parseTraceparent(this.#traces.get(key));
      this.#traces.delete(key);
      await withTrace(trace, () => this.#turn(key));
      this.#metrics?.done((this.#clock.now() - started) / 1000);
    }
  }

  async #turn(key: Key): Promise<void> {
    const log = this.#log.child({ key });
    try {
      const outcome = await this.#controller.reconcile(key, { signal: this.#signal, log });
      this.#failures.delete(key);
      if (outcome?.againInMs !== undefined) this.#later.add(key, outcome.againInMs);
    } catch (err) {
      if (this.#signal.aborted && isAbortError(err)) return;
      const failed = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failed);
      this.#metrics?.retried();
      // A conflict says only that our view was old: the next look will have the new one.
      log[isReason(err, 'Conflict') ? 'debug' : 'warn']('reconcile failed', { failed, err });
      this.#later.add(key, backoffMs(failed, BACKOFF));
    }
  }
}
