import { randomUUID } from 'node:crypto';
import type { Client, DeleteOptions, ObjectRef, PatchType, ResourceClient } from '@steersman/client';
import { StatusError } from '@steersman/status';
import { currentTrace, formatTraceparent } from '@steersman/telemetry';
import {
  type ApiObject,
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  groupVersion,
  invalid,
  jsonEquals,
  type Key,
  keyOf,
  type Kind,
  type New,
  type Scale,
} from '@steersman/types';
import { FakeStore } from './fake-store.ts';

export interface FakeCall {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'post' | 'watch';
  /** Plural, such as `pods`. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** What was sent. */
  readonly body: unknown;
}

export interface FakeClientOptions {
  readonly now?: () => Date;
  /** Called before each call is done; what it throws (or rejects with) is the answer. */
  readonly intercept?: (call: FakeCall) => void | Promise<void>;
}

/**
 * The API in memory: resource versions, Conflict, watches, status subresource, generation, grace periods, finalizers and
 * the kinds' own defaults and validation behave as the apiserver's do. Objects it hands out are frozen.
 */
export class FakeClient implements Client {
  readonly store = new FakeStore();
  /** Every call but list, get and watch, in order. */
  readonly writes: FakeCall[] = [];
  readonly #now: () => Date;
  readonly #intercept: (call: FakeCall) => void | Promise<void>;

  constructor({ now = () => new Date(), intercept = () => {} }: FakeClientOptions = {}) {
    this.#now = now;
    this.#intercept = intercept;
  }

  of<T extends ApiObject>(kind: Kind<T>): ResourceClient<T> {
    const begin = (verb: FakeCall['verb'], ref: Partial<ObjectRef>, extra: { subresource?: string | undefined; body?: unknown } = {}) =>
      this.#begin({
        verb,
        resource: kind.plural,
        subresource: extra.subresource ?? '',
        namespace: ref.namespace,
        name: ref.name,
        body: extra.body,
      });
    return {
      get: async ref => {
        await begin('get', ref);
        return this.#stored(kind, ref);
      },
      list: async (options = {}) => {
        await begin('list', { namespace: options.namespace });
        return { items: this.store.select(kind, options), resourceVersion: String(this.store.revision), continue: undefined };
      },
      create: async object => {
        await begin('create', object.metadata, { body: object });
        return this.#create(kind, object);
      },
      update: async (object, { subresource } = {}) => {
        await begin('update', object.metadata, { subresource, body: object });
        return this.#update(kind, object, subresource ?? '');
      },
      updateStatus: async object => {
        await begin('update', object.metadata, { subresource: 'status', body: object });
        return this.#update(kind, object, 'status');
      },
      patch: async (ref, patch, { type, subresource }) => {
        await begin('patch', ref, { subresource, body: patch });
        return this.#update(kind, patched(kind, this.#stored(kind, ref), { type, patch }), subresource ?? '');
      },
      delete: async (ref, options = {}) => {
        await begin('delete', ref, { body: options });
        this.#delete(kind, ref, options);
      },
      post: async (ref, subresource, body) => {
        await begin('post', ref, { subresource, body });
        this.#post(kind, ref, { subresource, body: body as ApiObject });
      },
      watch: options => {
        void begin('watch', { namespace: options.namespace });
        return this.store.watch(kind, options);
      },
    };
  }

  /** All objects of a kind, by key. */
  all<T extends ApiObject>(kind: Kind<T>): Readonly<Record<Key, T>> {
    return Object.fromEntries(this.store.select(kind, {}).map(object => [keyOf(object), object]));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #begin(call: FakeCall): Promise<void> {
    if (!['get', 'list', 'watch'].includes(call.verb)) this.writes.push(call);
    await this.#intercept(call);
  }

  #stored<T extends ApiObject>(kind: Kind<T>, { namespace, name }: ObjectRef): T {
    const found = this.store.get(kind, namespace ? `${namespace}/${name}` : name);
    if (!found) throw refused(kind, 'NotFound', name, 'not found');
    return found;
  }

  #create<T extends ApiObject>(kind: Kind<T>, object: New<T>): T {
    const { name, generateName, ...metadata } = object.metadata;
    const draft = structuredClone({ ...object, apiVersion: groupVersion(kind), kind: kind.kind }) as unknown as T;
    draft.metadata = {
      ...structuredClone(metadata),
      ...(generateName !== undefined && { generateName }),
      name: name ?? `${generateName}${randomUUID().slice(-5)}`,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: this.#timestamp(),
      ...(hasGeneration(kind) && { generation: 1 }),
    };
    if (kind.scope === 'Namespaced' && !draft.metadata.namespace) throw new StatusError('BadRequest', `${kind.plural} need a namespace`);
    if (this.store.get(kind, keyOf(draft))) throw refused(kind, 'AlreadyExists', draft.metadata.name, 'already exists');
    kind.prepareForCreate?.(draft, { now: this.#now() });
    kind.defaults?.(draft);
    const faults = kind.validate?.(draft) ?? [];
    if (faults.length > 0) throw invalid(kind, draft.metadata.name, faults);
    return this.store.put(kind, draft, trace());
  }

  #update<T extends ApiObject>(kind: Kind<T>, object: T, subresource: string): T {
    const prev = this.#stored(kind, object.metadata);
    const { resourceVersion, uid } = object.metadata;
    if (resourceVersion && resourceVersion !== prev.metadata.resourceVersion) throw conflict(kind, prev.metadata.name);
    if (uid && uid !== prev.metadata.uid) throw conflict(kind, prev.metadata.name);
    const next = this.#next(kind, { object: structuredClone(object), prev, subresource });
    if (subresource !== 'status' && next.metadata.deletionTimestamp && isFree(kind, next)) {
      this.store.remove(kind, keyOf(prev), trace());
      return next;
    }
    const unversioned = ({ metadata, ...rest }: T) => ({ ...rest, metadata: { ...metadata, resourceVersion: '' } });
    return jsonEquals(unversioned(next), unversioned(prev)) ? prev : this.store.put(kind, next, trace());
  }

  #next<T extends ApiObject>(
    kind: Kind<T>,
    { object, prev, subresource }: { readonly object: T; readonly prev: T; readonly subresource: string },
  ): T {
    if (subresource === '') return this.#main(kind, object, prev);
    const draft = structuredClone(prev);
    if (subresource === 'status') return { ...draft, ...part(object, 'status') };
    const found = kind.subresources?.find(({ name }) => name === subresource);
    if (found && 'part' in found) found.part.apply(draft, object);
    else if (found && 'write' in found) found.write(draft, object as unknown as Scale);
    else throw refused(kind, 'NotFound', prev.metadata.name, `has no subresource ${subresource} to write`);
    return hasGeneration(kind) && !jsonEquals(part(draft, 'spec'), part(prev, 'spec'))
      ? { ...draft, metadata: { ...draft.metadata, generation: (prev.metadata.generation ?? 0) + 1 } }
      : draft;
  }

  /** A write of the main resource: status, identity and the marks of deletion stay as they are. */
  #main<T extends ApiObject>(kind: Kind<T>, draft: T, prev: T): T {
    const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = prev.metadata;
    const status = kind.subresources?.some(({ name }) => name === 'status') ? part(prev, 'status') : {};
    const next: T = {
      ...draft,
      apiVersion: groupVersion(kind),
      kind: kind.kind,
      ...structuredClone(status),
      metadata: {
        ...draft.metadata,
        uid,
        creationTimestamp,
        ...(generation !== undefined && { generation }),
        ...(deletionTimestamp && { deletionTimestamp }),
        ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
      },
    };
    kind.prepareForUpdate?.(next, prev, { now: this.#now() });
    kind.defaults?.(next);
    const faults = [...(kind.validate?.(next) ?? []), ...(kind.validateUpdate?.(next, prev) ?? [])];
    if (faults.length > 0) throw invalid(kind, prev.metadata.name, faults);
    if (hasGeneration(kind) && !jsonEquals(part(next, 'spec'), part(prev, 'spec'))) next.metadata.generation = (generation ?? 0) + 1;
    return next;
  }

  #delete<T extends ApiObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    { gracePeriodSeconds, propagationPolicy, preconditions }: DeleteOptions,
  ): void {
    const prev = this.#stored(kind, ref);
    if (preconditions?.uid && preconditions.uid !== prev.metadata.uid) throw conflict(kind, ref.name);
    if (preconditions?.resourceVersion && preconditions.resourceVersion !== prev.metadata.resourceVersion) throw conflict(kind, ref.name);
    const grace = kind.gracePeriodSeconds ? (gracePeriodSeconds ?? kind.gracePeriodSeconds(prev)) : 0;
    const draft = structuredClone(prev);
    const finalizers = new Set(draft.metadata.finalizers);
    if (propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
    if (propagationPolicy === 'Orphan') finalizers.add('orphan');
    if (finalizers.size > 0) draft.metadata.finalizers = [...finalizers];
    draft.metadata.deletionTimestamp ??= new Date(this.#now().getTime() + grace * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    draft.metadata.deletionGracePeriodSeconds = Math.min(grace, draft.metadata.deletionGracePeriodSeconds ?? grace);
    kind.prepareForDeletion?.(draft);
    if (isFree(kind, draft)) this.store.remove(kind, keyOf(prev), trace());
    else if (!jsonEquals(draft, prev)) this.store.put(kind, draft, trace());
  }

  #post<T extends ApiObject>(
    kind: Kind<T>,
    ref: ObjectRef,
    { subresource, body }: { readonly subresource: string; readonly body: ApiObject },
  ): void {
    const found = kind.subresources?.find(({ name }) => name === subresource);
    if (!found || !('action' in found)) throw refused(kind, 'NotFound', ref.name, `has no subresource ${subresource} to post to`);
    const draft = structuredClone(this.#stored(kind, ref));
    found.action.apply(draft, structuredClone(body), { now: this.#now() });
    this.store.put(kind, draft, trace());
  }

  #timestamp(): string {
    return this.#now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }
}

const trace = (): string | undefined => {
  const current = currentTrace();
  return current && formatTraceparent(current);
};

const hasGeneration = (kind: Kind): boolean => kind.generation ?? kind.subresources?.some(({ name }) => name === 'status') ?? false;

/** Nobody has to finish anything before the object may go. */
function isFree<T extends ApiObject>(kind: Kind<T>, object: T): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata;
  return finalizers.length === 0 && deletionGracePeriodSeconds === 0 && (kind.pendingFinalizers?.(object) ?? []).length === 0;
}

const part = (object: object, name: 'spec' | 'status'): { spec?: unknown; status?: unknown } => {
  const value = (object as Readonly<Record<string, unknown>>)[name];
  return value === undefined ? {} : { [name]: value };
};

function patched<T extends ApiObject>(kind: Kind<T>, prev: T, { type, patch }: { readonly type: PatchType; readonly patch: unknown }): T {
  const doc = structuredClone(prev);
  if (type === 'application/json-patch+json') return applyJsonPatch(doc, patch) as T;
  if (type === 'application/merge-patch+json') return applyMergePatch(doc, patch) as T;
  return applyStrategicMergePatch(kind.schema, doc, patch) as unknown as T;
}

const refused = (kind: Kind, reason: 'NotFound' | 'AlreadyExists', name: string, what: string): StatusError =>
  new StatusError(reason, `${qualified(kind)} "${name}" ${what}`, { details: { name, group: kind.group, kind: kind.plural } });

const conflict = (kind: Kind, name: string): StatusError =>
  new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { name, group: kind.group, kind: kind.plural } },
  );

const qualified = ({ plural, group }: Kind): string => (group ? `${plural}.${group}` : plural);
