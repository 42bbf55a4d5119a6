import { type Clock, systemClock } from '@steersman/async';
import { familyOf, type Forwarding, frontKey, type Route } from '@steersman/endpoints';
import type { Logger } from '@steersman/telemetry';
import type { Key } from '@steersman/types';
import { type BackendPicker, backendPicker } from './backend-picker.ts';
import type { Dataplane } from './dataplane.ts';
import type { Relay } from './relay.ts';
import { connectionSlots, openFileLimit, type Slots, slotsForFiles } from './slots.ts';
import { tcpRelay } from './tcp-relay.ts';
import { udpRelay } from './udp-relay.ts';

export interface UserspaceOptions {
  /** Brings what is for a Service's address to this process. */
  readonly capture: Dataplane;
  /** Addresses of this node, one of each family that is forwarded. */
  readonly nodeIps: readonly string[];
  readonly slots?: Slots;
  readonly clock?: Clock;
  readonly log: Logger;
}

interface Front {
  readonly picker: BackendPicker;
  readonly relay: Relay;
}

/** Forwards by a round-robin proxy in this process, to which the kernel brings what is for Services. */
export function userspaceDataplane(options: UserspaceOptions): Dataplane {
  return new UserspaceDataplane(options);
}

class UserspaceDataplane implements Dataplane {
  readonly #options: UserspaceOptions;
  readonly #slots: Slots;
  readonly #fronts = new Map<string, Front>();
  readonly #retired = new Set<Relay>();
  readonly #frontsOf = new Map<Key, ReadonlySet<string>>();

  constructor(options: UserspaceOptions) {
    this.#options = options;
    this.#slots = options.slots ?? connectionSlots(slotsForFiles(openFileLimit()));
  }

  async apply(changed: ReadonlyMap<Key, readonly Forwarding[]>, signal: AbortSignal): Promise<void> {
    const captured = new Map<Key, readonly Forwarding[]>();
    const before = new Set<string>();
    for (const [service, forwardings] of changed) {
      const used = new Set<string>();
      captured.set(service, await Promise.all(forwardings.map(forwarding => this.#capture(service, forwarding, used))));
      for (const front of this.#frontsOf.get(service) ?? []) if (!used.has(front)) before.add(front);
      this.#frontsOf.set(service, used);
      if (used.size === 0) this.#frontsOf.delete(service);
    }
    await this.#options.capture.apply(captured, signal);
    for (const name of before) this.#retire(name);
  }

  doubt(): void {
    this.#options.capture.doubt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const relays = [...this.#retired, ...[...this.#fronts.values()].map(({ relay }) => relay)];
    await Promise.all(relays.map(relay => relay[Symbol.asyncDispose]()));
    await this.#options.capture[Symbol.asyncDispose]();
  }

  /** The same, but to this process. It answers from where it is asked, so nothing has to be masqueraded. */
  async #capture(service: Key, forwarding: Forwarding, used: Set<string>): Promise<Forwarding> {
    const { affinitySeconds: _, ...plain } = forwarding;
    const name = `${service} ${frontKey(forwarding)}`;
    const route = await this.#lead(name, forwarding, forwarding.route, used);
    const outside = forwarding.fromOutside && (await this.#lead(`${name} outside`, forwarding, forwarding.fromOutside, used));
    return { ...plain, masquerade: false, route, ...(outside && { fromOutside: outside }) };
  }

  async #lead(name: string, forwarding: Forwarding, route: Route, used: Set<string>): Promise<Route> {
    const address = this.#options.nodeIps.find(ip => familyOf(ip) === forwarding.family);
    if (route.backends.length === 0 || forwarding.protocol === 'sctp' || address === undefined)
      return { backends: [], otherwise: route.otherwise };
    used.add(name);
    const front = this.#fronts.get(name) ?? (await this.#open(forwarding.protocol));
    this.#fronts.set(name, front);
    front.picker.update(route.backends, forwarding.affinitySeconds);
    return { backends: [{ address, port: front.relay.port, local: false }], otherwise: route.otherwise };
  }

  async #open(protocol: 'tcp' | 'udp'): Promise<Front> {
    const { clock = systemClock, log } = this.#options;
    const picker = backendPicker(clock);
    const deps = { picker, slots: this.#slots, clock, log };
    return { picker, relay: await (protocol === 'tcp' ? tcpRelay(deps) : udpRelay(deps)) };
  }

  #retire(name: string): void {
    const front = this.#fronts.get(name);
    this.#fronts.delete(name);
    if (!front) return;
    this.#retired.add(front.relay);
    void front.relay.retire().then(() => this.#retired.delete(front.relay));
  }
}
