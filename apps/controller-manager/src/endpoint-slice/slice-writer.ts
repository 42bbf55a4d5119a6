import type { Client } from '@steersman/client';
import type { Expectations } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type ApiObject, type EndpointSlice, endpointSliceKind, jsonEquals, keyOf, type Kind } from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { isNamespaceTerminating } from '../errors.ts';
import { generatedName } from '../names.ts';
import { timeText } from '../times.ts';
import type { SliceContent, SlicePlan } from './slice-plan.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

export interface WriterDeps<O extends ApiObject> {
  readonly client: Client;
  readonly expectations: Expectations;
  readonly owner: O;
  readonly ownerKind: Kind<O>;
  readonly labels: Readonly<Record<string, string>>;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Brings the slices of one owner to what is planned; what is right already is not written. */
export class SliceWriter<O extends ApiObject> {
  readonly #deps: WriterDeps<O>;

  constructor(deps: WriterDeps<O>) {
    this.#deps = deps;
  }

  /** How many slices were written. */
  async carryOut({ create, keep, remove }: SlicePlan): Promise<number> {
    const changed = keep.filter(({ slice, content }) => !this.#isRight(slice, content));
    for (const content of create) await this.#create(content);
    for (const { slice, content } of changed) await this.#update(slice, content);
    for (const slice of remove) await this.#remove(slice);
    return create.length + changed.length + remove.length;
  }

  #isRight({ metadata, ports = [], endpoints = [] }: EndpointSlice, content: SliceContent): boolean {
    return (
      jsonEquals(endpoints, content.endpoints) && jsonEquals(ports, content.ports) && jsonEquals(metadata.labels ?? {}, this.#deps.labels)
    );
  }

  async #create(content: SliceContent): Promise<void> {
    const { client, owner, ownerKind, labels, expectations, signal } = this.#deps;
    const { name, namespace } = owner.metadata;
    const generateName = `${name}-`;
    expectations.expectCreates(keyOf(owner), 1);
    try {
      await client.of(endpointSliceKind).create(
        {
          metadata: {
            name: generatedName(generateName),
            generateName,
            ...(namespace !== undefined && { namespace }),
            labels: { ...labels },
            annotations: this.#changed(),
            ownerReferences: [controllerReference(ownerKind, owner)],
          },
          ...mutable(content),
        },
        { signal },
      );
    } catch (err) {
      expectations.sawCreate(keyOf(owner));
      if (!isNamespaceTerminating(err)) throw err;
    }
  }

  async #update(slice: EndpointSlice, content: SliceContent): Promise<void> {
    const { client, labels, signal } = this.#deps;
    const metadata = { ...slice.metadata, labels: { ...labels }, annotations: { ...slice.metadata.annotations, ...this.#changed() } };
    await client.of(endpointSliceKind).update({ ...slice, metadata, ...mutable(content) }, { signal });
  }

  async #remove({ metadata }: EndpointSlice): Promise<void> {
    const { client, signal } = this.#deps;
    try {
      await client.of(endpointSliceKind).delete(metadata, { preconditions: { uid: metadata.uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound')) throw err;
    }
  }

  #changed(): Record<string, string> {
    return { [LAST_CHANGE]: timeText(this.#deps.now) };
  }
}

const mutable = ({ addressType, ports, endpoints }: SliceContent): Pick<EndpointSlice, 'addressType' | 'ports' | 'endpoints'> => ({
  addressType,
  ports: [...ports],
  endpoints: [...endpoints],
});
