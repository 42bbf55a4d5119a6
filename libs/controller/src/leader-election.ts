import { randomUUID } from 'node:crypto';
import { addAbortListener } from 'node:events';
import { hostname } from 'node:os';
import { type Clock, deadline, isAbortError, systemClock } from '@steersman/async';
import type { ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import { type Logger, silentLogger } from '@steersman/telemetry';
import type { Lease, LeaseSpec } from '@steersman/types';

/** Upstream's defaults: a dead leader is replaced 15 s after its last heartbeat, a cut-off one stops by itself after 10 s. */
const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

export interface LeaderElectionOptions {
  readonly leases: ResourceClient<Lease>;
  readonly namespace?: string;
  /** Of the Lease, such as `kube-controller-manager`. */
  readonly name: string;
  /** Unique among the candidates. One that comes back under its old identity leads again at once. */
  readonly identity: string;
  readonly signal: AbortSignal;
  readonly log?: Logger;
  readonly clock?: Clock;
}

/**
 * For programs with a health port: whoever holds it on a machine is the only one there, so one that died and came back may lead
 * under its old identity at once. Without a fixed port (0) every process is somebody else.
 */
export const leaderIdentity = (healthPort: number): string => `${hostname()}_${healthPort === 0 ? randomUUID() : healthPort}`;

/**
 * Runs `work` while this candidate holds the Lease, again for each term, until `signal` aborts. The term's signal aborts
 * as soon as the Lease can no longer be counted on; `work` is waited for before the Lease is given up or tried for again.
 */
export async function lead(options: LeaderElectionOptions, work: (term: AbortSignal) => Promise<void>): Promise<void> {
  const candidate = new Candidate(options);
  while (!options.signal.aborted) {
    if (!(await candidate.acquire())) return;
    await candidate.term(work);
  }
}

class Candidate {
  readonly #options: LeaderElectionOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** What was read last, and when it was first seen like this on our own clock: clocks of machines differ. */
  #observed: { readonly lease: Lease; readonly at: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = (options.log ?? silentLogger).child({ lease: options.name, identity: options.identity });
  }

  /** True once the Lease is ours; false when `signal` aborts first. */
  async acquire(): Promise<boolean> {
    const { signal } = this.#options;
    let holder: string | undefined;
    while (!signal.aborted) {
      if (await this.#try()) {
        this.#log.info('became leader');
        return true;
      }
      const current = this.#observed?.lease.spec.holderIdentity;
      if (current && current !== holder) this.#log.info('waiting for the lease', { holder: current });
      holder = current;
      await this.#clock.sleep(RETRY_MS * (1 + Math.random() / 5), signal).catch(() => {}); // ends only by the abort
    }
    return false;
  }

  /** One term: heartbeats beside the work, whichever ends first ends both. */
  async term(work: (term: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    const term = new AbortController();
    using _ = addAbortListener(signal, () => term.abort(signal.reason));
    const renewing = this.#renew(term);
    try {
      await work(term.signal);
    } catch (err) {
      if (!term.signal.aborted || !isAbortError(err)) throw err;
    } finally {
      term.abort();
      await renewing;
      await this.#release();
    }
  }

  async #renew(term: AbortController): Promise<void> {
    let renewed = this.#clock.now();
    while (!term.signal.aborted) {
      await this.#clock.sleep(RETRY_MS, term.signal).catch(() => {}); // ends only by the abort
      if (term.signal.aborted) return;
      if (await this.#try()) renewed = this.#clock.now();
      else if (this.#heldByOther() || this.#clock.now() - renewed >= RENEW_DEADLINE_MS) {
        this.#log.error('lost the lease', { holder: this.#observed?.lease.spec.holderIdentity });
        term.abort();
      }
    }
  }

  /** Takes or renews the Lease if it is ours, free or expired. */
  async #try(): Promise<boolean> {
    const { leases, namespace = 'kube-system', name, identity, signal } = this.#options;
    using within = deadline(RENEW_DEADLINE_MS / 2, signal);
    try {
      const lease = await leases.get({ namespace, name }, { signal: within.signal });
      if (this.#observed?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion)
        this.#observed = { lease, at: this.#clock.now() };
      if (!this.#isFree(lease)) return false;
      const taken = lease.spec.holderIdentity === identity;
      const spec = {
        ...this.#spec(taken ? lease.spec.acquireTime : undefined),
        leaseTransitions: (lease.spec.leaseTransitions ?? 0) + (taken ? 0 : 1),
      };
      this.#saw(await leases.update({ ...lease, spec }, { signal: within.signal }));
      return true;
    } catch (err) {
      if (isReason(err, 'NotFound')) return await this.#create(within.signal);
      if (!signal.aborted && !isReason(err, 'Conflict')) this.#log.warn('could not take or renew the lease', { err });
      return false;
    }
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { leases, namespace = 'kube-system', name } = this.#options;
    try {
      this.#saw(
        await leases.create({ metadata: { namespace, name }, spec: { ...this.#spec(undefined), leaseTransitions: 0 } }, { signal }),
      );
      return true;
    } catch (err) {
      if (!signal.aborted && !isReason(err, 'AlreadyExists')) this.#log.warn('could not make the lease', { err });
      return false;
    }
  }

  /** Lets a successor start at once. */
  async #release(): Promise<void> {
    const { leases, identity } = this.#options;
    const lease = this.#observed?.lease;
    if (lease?.spec.holderIdentity !== identity) return;
    const now = microTime(this.#clock.wall());
    using within = deadline(1_000);
    try {
      await leases.update(
        { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now } },
        { signal: within.signal },
      );
      this.#log.info('gave the lease up');
    } catch (err) {
      this.#log.warn('could not give the lease up: it will expire', { err });
    }
    this.#observed = undefined;
  }

  #saw(lease: Lease): void {
    this.#observed = { lease, at: this.#clock.now() };
  }

  #isFree({ spec }: Lease): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    const observedAt = this.#observed?.at ?? this.#clock.now();
    return this.#clock.now() - observedAt >= (spec.leaseDurationSeconds ?? LEASE_SECONDS) * 1000;
  }

  #heldByOther(): boolean {
    const holder = this.#observed?.lease.spec.holderIdentity;
    return holder !== undefined && holder !== '' && holder !== this.#options.identity;
  }

  #spec(acquireTime: string | undefined): LeaseSpec {
    const now = microTime(this.#clock.wall());
    return { holderIdentity: this.#options.identity, leaseDurationSeconds: LEASE_SECONDS, acquireTime: acquireTime ?? now, renewTime: now };
  }
}

/** metav1.MicroTime has six digits. */
const microTime = (at: Date): string => at.toISOString().replace('Z', '000Z');
