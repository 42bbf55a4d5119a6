import { backoffMs, type Clock, isAbortError } from '@steersman/async';
import type { ResourceClient } from '@steersman/client';
import { isReason } from '@steersman/status';
import { type Logger, type TraceContext, withTrace } from '@steersman/telemetry';
import { jsonEquals, type Pod, type PodStatus } from '@steersman/types';
import { statusPatch } from './status-patch.ts';

const BACKOFF = { firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.3 };

export interface StatusWriterDeps {
  readonly pods: ResourceClient<Pod>;
  /** As the API last told: the pod, or what stands for it there; undefined while there is neither. */
  readonly current: (pod: Pod) => Pod | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly trace: TraceContext | undefined;
}

/** Makes the API hold the newest status of one pod; what was overtaken meanwhile is never sent. */
export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  #wanted: { readonly pod: Pod; readonly status: PodStatus } | undefined;
  #pump: Promise<void> | undefined;
  /** The last status sent, and the pod as the API had it then. */
  #sent: { readonly status: PodStatus; readonly answer: Pod } | undefined;

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps;
  }

  set(pod: Pod, status: PodStatus): void {
    this.#wanted = { pod, status };
    this.#pump ??= withTrace(this.#deps.trace, () => this.#writeAll());
  }

  /** Resolves when everything set so far is written, or will never be. */
  async flushed(): Promise<void> {
    await this.#pump;
  }

  async #writeAll(): Promise<void> {
    const { signal, clock, log } = this.#deps;
    let failed = 0;
    for (let next = this.#wanted; next && !signal.aborted; next = this.#wanted) {
      this.#wanted = undefined;
      try {
        await this.#write(next.pod, next.status);
        failed = 0;
      } catch (err) {
        if (isReason(err, 'NotFound', 'Invalid', 'Forbidden') || isAbortError(err)) {
          if (isReason(err, 'Invalid', 'Forbidden')) log.error('the API refuses the status of a pod', { err });
          continue;
        }
        this.#wanted ??= next;
        failed++;
        if (!isReason(err, 'Conflict')) log.warn('status not written', { failed, err });
        await clock.sleep(backoffMs(failed, BACKOFF), signal).catch(() => {}); // the loop ends with the signal
      }
    }
    this.#pump = undefined;
  }

  async #write(pod: Pod, status: PodStatus): Promise<void> {
    const base = this.#base(pod);
    if (!base) return;
    if (this.#sent && jsonEquals(status, this.#sent.status) && jsonEquals(base.status, this.#sent.answer.status)) return;
    const patch = statusPatch(base.status, status);
    if (!patch) return;
    const { uid, name, namespace = '' } = base.metadata;
    const answer = await this.#deps.pods.patch(
      { namespace, name },
      { metadata: { uid }, status: patch },
      { type: 'application/strategic-merge-patch+json', subresource: 'status', signal: this.#deps.signal },
    );
    this.#sent = { status, answer };
  }

  /** The newer of what the informer holds and what the API answered to our last write. */
  #base(pod: Pod): Pod | undefined {
    const seen = this.#deps.current(pod);
    const answer = this.#sent?.answer;
    return seen &&
      answer?.metadata.uid === seen.metadata.uid &&
      Number(answer.metadata.resourceVersion) >= Number(seen.metadata.resourceVersion)
      ? answer
      : seen;
  }
}
