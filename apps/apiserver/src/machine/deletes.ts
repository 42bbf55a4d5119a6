import type { WatchCache } from '@steersman/store';
import type { ApiObject, Kind } from '@steersman/types';
import { decodeBody } from '@steersman/wire';
import { normalize } from '@steersman/types';
import type { Admission } from './admission.ts';
import { isDryRun } from './decode.ts';
import { badRequest, conflict, notFound } from './errors.ts';
import { type Current, type Objects, unstored } from './objects.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';
import { resourcePrefix, selectionOf } from './selection.ts';
import { busy, isGone, timestamp } from './strategy.ts';

const ATTEMPTS = 20;
const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: string | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

/** Deletes of one object and of collections. */
export class Deletes {
  readonly #objects: Objects;
  readonly #admission: Admission;
  readonly #cache: WatchCache;

  constructor(objects: Objects, admission: Admission, cache: WatchCache) {
    this.#objects = objects;
    this.#admission = admission;
    this.#cache = cache;
  }

  async delete(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, name } = request;
    const options = optionsOf(request);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await this.#attempt(request, options);
      if (answer) return answer;
    }
    throw busy(kind, name);
  }

  /** Answers with the list of what was there. */
  async deleteCollection(request: ApiRequest): Promise<ApiAnswer> {
    await this.#cache.current(request.signal);
    const page = await this.#cache.resource(resourcePrefix(request.kind)).list(selectionOf(request));
    for (const { name, namespace = '' } of page.items) {
      request.signal.throwIfAborted();
      await this.delete({ ...request, name, namespace }).catch((err: unknown) => {
        if ((err as { reason?: string }).reason !== 'NotFound') throw err;
      });
    }
    return { type: 'list', page };
  }

  /** Undefined when the object has changed meanwhile. */
  async #attempt({ kind, namespace, name, user, subresource }: ApiRequest, options: DeleteOptions): Promise<ApiAnswer | undefined> {
    const current = await this.#objects.read(kind, namespace, name);
    if (!current) throw notFound(kind, name);
    const { object: prev } = current;
    checkPreconditions(kind, prev, options);
    const next = marked(kind, prev, options);
    await this.#admission.admit({ operation: 'delete', kind, subresource, namespace, object: prev, prev, user });
    if (options.dryRun) return isGone(kind, next) ? success(kind, prev) : { type: 'json', code: 200, value: unstored(kind, next) };
    if (isGone(kind, next)) {
      const companions = await this.#admission.companions({ operation: 'delete', kind, subresource, namespace, object: prev, prev, user });
      return (await this.#objects.remove(current, companions)) ? success(kind, prev) : undefined;
    }
    return this.#mark(kind, current, next);
  }

  async #mark(kind: Kind, current: Current, next: ApiObject): Promise<ApiAnswer | undefined> {
    if (JSON.stringify(next) === JSON.stringify(current.object)) return { type: 'json', code: 200, value: unstored(kind, next) };
    const stored = await this.#objects.replace(kind, next, current);
    return stored && { type: 'object', code: 200, object: stored };
  }
}

function optionsOf({ body, contentType, options }: ApiRequest): DeleteOptions {
  const decoded = body.length > 0 ? decodeBody({ body, contentType, schema: 'V1DeleteOptions' }).json : undefined;
  const given = decoded ? normalize('V1DeleteOptions', decoded).object : {};
  const {
    gracePeriodSeconds = queryNumber(options),
    propagationPolicy = options.get('propagationPolicy') ?? undefined,
    preconditions,
    orphanDependents,
    dryRun,
  } = given as {
    gracePeriodSeconds?: number;
    propagationPolicy?: string;
    preconditions?: { uid?: string; resourceVersion?: string };
    orphanDependents?: boolean;
    dryRun?: string[];
  };
  if (gracePeriodSeconds !== undefined && gracePeriodSeconds < 0)
    throw badRequest(`gracePeriodSeconds: Invalid value: ${gracePeriodSeconds}: must be greater than or equal to 0`);
  const policy = propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(policy)) {
    throw badRequest(
      `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  return {
    gracePeriodSeconds,
    propagationPolicy: policy,
    uid: preconditions?.uid,
    resourceVersion: preconditions?.resourceVersion,
    dryRun: isDryRun([...options.getAll('dryRun'), ...(dryRun ?? [])]),
  };
}

function queryNumber(options: URLSearchParams): number | undefined {
  const value = options.get('gracePeriodSeconds');
  if (value === null || value === '') return undefined;
  if (!/^\d+$/.test(value)) throw badRequest(`gracePeriodSeconds: Invalid value: ${JSON.stringify(value)}: it must be a number`);
  return Number(value);
}

function checkPreconditions(kind: Kind, { metadata }: ApiObject, { uid, resourceVersion }: DeleteOptions): void {
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(kind, metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      kind,
      metadata.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}

/** The object with the mark of its deletion. A second delete may shorten the grace period, never prolong it. */
function marked(kind: Kind, prev: ApiObject, { gracePeriodSeconds, propagationPolicy }: DeleteOptions): ApiObject {
  const next = structuredClone(prev);
  const { metadata } = next;
  const own = kind.gracePeriodSeconds?.(prev) ?? 0;
  const wanted = own === 0 ? 0 : (gracePeriodSeconds ?? own);
  const before = metadata.deletionTimestamp === undefined ? undefined : (metadata.deletionGracePeriodSeconds ?? 0);
  const grace = before === undefined ? wanted : Math.min(before, gracePeriodSeconds ?? before);
  if (before === undefined || grace < before) {
    metadata.deletionTimestamp = timestamp(new Date(Date.now() + grace * 1_000));
    metadata.deletionGracePeriodSeconds = grace;
  }
  if (before === undefined) {
    if (metadata.generation !== undefined) metadata.generation++;
    kind.prepareForDeletion?.(next);
  }
  const finalizers = withPolicy(metadata.finalizers ?? [], propagationPolicy);
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  return next;
}

/** What is to happen to the object's dependents is a finalizer that the garbage collector works off. */
function withPolicy(finalizers: readonly string[], policy: string | undefined): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter(finalizer => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  return policy === 'Background' ? others : [...others, policy === 'Foreground' ? FOREGROUND : ORPHAN];
}

const success = ({ group, plural }: Kind, { metadata: { name, uid } }: ApiObject): ApiAnswer => ({
  type: 'json',
  code: 200,
  value: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group && { group }), kind: plural, uid },
  },
});
