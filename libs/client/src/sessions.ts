import { backoffMs, type Clock, untilAborted } from '@steersman/async';
import { Channel, type ChannelTarget } from '@steersman/rpc';
import type { Logger } from '@steersman/telemetry';

/** How long one attempt to connect may take. */
const CONNECT_MS = 5_000;
/** A restarted server is found within a second; many clients of a dead one do not storm it. */
const BACKOFF = { firstMs: 50, factor: 2, maxMs: 2_000, jitter: 0.5 };

export interface SessionsOptions {
  /** Read anew at every attempt, so that certificates may be rotated. */
  readonly target: () => ChannelTarget;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Lifetime {
  /** Aborts when the client is closed: the stream must end with it. */
  readonly signal: AbortSignal;
  /** To be called when the stream is over, or takes nothing new. */
  ended(err: Error | undefined): void;
}

/** Keeps one live stream of a kind: made on demand over a channel of its own, replaced when it ends or drains. */
export class Sessions<S extends object> {
  readonly #options: SessionsOptions;
  readonly #open: (channel: Channel, lifetime: Lifetime) => S;
  readonly #stop = new AbortController();
  #current: Promise<S> | undefined;
  #failed = 0;

  /** `open` starts a stream on a connected channel. */
  constructor(options: SessionsOptions, open: (channel: Channel, lifetime: Lifetime) => S) {
    this.#options = options;
    this.#open = open;
  }

  /** The live session, waiting for a connection as long as `signal` lets it. */
  async get(signal: AbortSignal): Promise<S> {
    for (;;) {
      this.#stop.signal.throwIfAborted();
      signal.throwIfAborted();
      this.#current ??= this.#connect();
      const current = this.#current;
      try {
        return await untilAborted(current, signal);
      } catch (err) {
        if (signal.aborted || this.#stop.signal.aborted) throw err;
        if (this.#current === current) this.#current = undefined;
      }
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #connect(): Promise<S> {
    const { target, log, clock } = this.#options;
    const { signal } = this.#stop;
    if (this.#failed > 0) await clock.sleep(backoffMs(this.#failed, BACKOFF), signal);
    let channel: Channel | undefined;
    try {
      channel = new Channel(target());
      await channel.ready(CONNECT_MS, signal);
    } catch (err) {
      channel?.[Symbol.dispose]();
      this.#failed++;
      if (!signal.aborted)
        log[this.#failed === 1 ? 'warn' : 'debug']('no connection to the apiserver', { failed: this.#failed, err: errorText(err) });
      throw err;
    }
    if (this.#failed > 0) log.info('connected to the apiserver', { failed: this.#failed });
    this.#failed = 0;
    return this.#opened(channel);
  }

  #opened(channel: Channel): S {
    const { log } = this.#options;
    let live = true;
    const ended = (err: Error | undefined): void => {
      if (!live) return;
      live = false;
      this.#current = undefined;
      if (!err || this.#stop.signal.aborted) return;
      this.#failed++; // a server that accepts and then fails is approached with back-off too
      log.warn('lost the connection to the apiserver', { err: errorText(err) });
    };
    return this.#open(channel, { signal: this.#stop.signal, ended });
  }
}

const errorText = (err: unknown): string => (err instanceof Error ? err.message : String(err));
