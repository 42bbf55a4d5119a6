import type { Client } from '@steersman/client';
import type { EventRecorder, Expectations } from '@steersman/controller';
import { isReason, toStatusError } from '@steersman/status';
import { type ApiObject, keyOf, type New, type Pod, podKind } from '@steersman/types';
import { isNamespaceTerminating } from '../errors.ts';
import { slowStart } from './slow-start.ts';

export interface PodControlDeps {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly expectations: Expectations;
}

/** Creates and deletes the pods of an owner: with its events, and expecting to see what it did. */
export class PodControl {
  readonly #deps: PodControlDeps;

  constructor(deps: PodControlDeps) {
    this.#deps = deps;
  }

  /** The first failure, after which no more are tried; a namespace that is going away is none. */
  async create(owner: ApiObject, pods: readonly New<Pod>[], signal: AbortSignal): Promise<unknown> {
    const { expectations } = this.#deps;
    const key = keyOf(owner);
    expectations.expectCreates(key, pods.length);
    const { made, error } = await slowStart(pods, pod => this.#createOne(owner, pod, signal));
    for (let skipped = made; skipped < pods.length; skipped++) expectations.sawCreate(key);
    return isNamespaceTerminating(error) ? undefined : error;
  }

  async #createOne(owner: ApiObject, pod: New<Pod>, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.#deps;
    try {
      const { metadata } = await client.of(podKind).create(pod, { signal });
      recorder.record({ about: owner, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${metadata.name}` });
    } catch (err) {
      if (!isNamespaceTerminating(err))
        recorder.record({
          about: owner,
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating: ${toStatusError(err).message}`,
        });
      throw err;
    }
  }

  /** The first failure; a pod that is gone already is none. */
  async delete(owner: ApiObject, pods: readonly Pod[], signal: AbortSignal): Promise<unknown> {
    for (const { metadata } of pods) this.#deps.expectations.expectDelete(keyOf(owner), metadata.name);
    const results = await Promise.allSettled(pods.map(pod => this.#deleteOne(owner, pod, signal)));
    return results.find(result => result.status === 'rejected')?.reason;
  }

  async #deleteOne(owner: ApiObject, { metadata }: Pod, signal: AbortSignal): Promise<void> {
    const { client, recorder, expectations } = this.#deps;
    try {
      await client.of(podKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
      recorder.record({ about: owner, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${metadata.name}` });
    } catch (err) {
      expectations.sawDelete(keyOf(owner), metadata.name);
      if (isReason(err, 'NotFound')) return;
      recorder.record({ about: owner, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${toStatusError(err).message}` });
      throw err;
    }
  }
}
