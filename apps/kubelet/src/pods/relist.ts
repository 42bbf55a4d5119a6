import type { Clock } from '@steersman/async';
import type { Cri } from '@steersman/cri';
import type { Logger } from '@steersman/telemetry';
import { POD_UID } from '../runtime/labels.ts';
import { messageOf } from '../start-error.ts';

/** With the event stream the list only catches what that missed. */
const WITH_EVENTS_MS = 5_000;
const WITHOUT_EVENTS_MS = 1_000;

export interface RelistDeps {
  readonly cri: Pick<Cri, 'listPodSandboxes' | 'listContainers'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ids of containers as they end; ends, or fails, when there is no such stream. */
  readonly exits: (signal: AbortSignal) => AsyncIterable<string>;
  readonly onExit: (containerId: string) => void;
  /** Something of the pod is not as it was at the last list. */
  readonly onChange: (uid: string) => void;
}

/** Notices what happens in the runtime without our doing: at once by its events, and by a list every few seconds. */
export class Relist {
  readonly #deps: RelistDeps;
  #states = new Map<string, string>();
  #hasEvents = false;

  constructor(deps: RelistDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#listForEver(signal)]).catch((err: unknown) => {
      if (!signal.aborted) throw err;
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { exits, clock, log, onExit } = this.#deps;
    while (!signal.aborted) {
      try {
        this.#hasEvents = true;
        for await (const id of exits(signal)) onExit(id);
      } catch (err) {
        if (!signal.aborted) log.debug('no events from the runtime', { message: messageOf(err) });
      }
      this.#hasEvents = false;
      await clock.sleep(WITHOUT_EVENTS_MS, signal);
    }
  }

  async #listForEver(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!signal.aborted) {
      try {
        await this.#list(signal);
      } catch (err) {
        if (!signal.aborted) log.warn('the runtime cannot be listed', { message: messageOf(err) });
      }
      await clock.sleep(this.#hasEvents ? WITH_EVENTS_MS : WITHOUT_EVENTS_MS, signal);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { cri, onChange } = this.#deps;
    const [sandboxes, containers] = await Promise.all([cri.listPodSandboxes({}, { signal }), cri.listContainers({}, { signal })]);
    const states = new Map<string, string>();
    for (const { id, state, labels } of [...sandboxes, ...containers]) {
      const uid = labels[POD_UID];
      if (uid !== undefined) states.set(uid, `${states.get(uid) ?? ''}${id}=${state};`);
    }
    const before = this.#states;
    this.#states = states;
    for (const uid of new Set([...before.keys(), ...states.keys()])) if (before.get(uid) !== states.get(uid)) onChange(uid);
  }
}
