import { isReason, StatusError } from '@steersman/status';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  invalid,
  type ApiObject,
  jsonEquals,
  type Scale,
  type Subresource,
} from '@steersman/types';
import { parseJson } from '@steersman/wire';
import type { Admission } from './admission.ts';
import { decodeObject, isDryRun, typed } from './decode.ts';
import { alreadyExists, badRequest, notAllowed, notFound } from './errors.ts';
import { type Current, type Objects, unstored } from './objects.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';
import { beginObject, beginUpdate, busy, finishCreate, finishStatus, finishUpdate, isGone } from './strategy.ts';

/** How often a write without a resourceVersion is tried anew when others write the same object. */
const ATTEMPTS = 20;
const GENERATED_NAME_ATTEMPTS = 8;

const PATCHES: Readonly<Record<string, (schema: string, document: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': (_, document, patch) => applyJsonPatch(document, patch),
  'application/merge-patch+json': (_, document, patch) => applyMergePatch(document, patch),
  'application/strategic-merge-patch+json': applyStrategicMergePatch,
};

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale', schema: 'V1Scale' } as const;

/** Makes the next version of an object from the present one; undefined asks for nothing to change. */
type Change = (current: Current) => ApiObject | Promise<ApiObject>;

interface Outcome {
  readonly answer: ApiAnswer;
  readonly object: ApiObject;
}

/** Create, update and patch, of objects and of their parts. */
export class Writes {
  readonly #objects: Objects;
  readonly #admission: Admission;

  constructor(objects: Objects, admission: Admission) {
    this.#objects = objects;
    this.#admission = admission;
  }

  async create(request: ApiRequest): Promise<ApiAnswer> {
    const { object, warnings } = decodeObject(request, request.kind);
    const isGenerated = !object.metadata.name && object.metadata.generateName !== undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        // Only what may be tried again must be kept as it came.
        return { ...(await this.#createOnce(request, isGenerated ? structuredClone(object) : object)), warnings };
      } catch (err) {
        if (!isGenerated || attempt >= GENERATED_NAME_ATTEMPTS || !isReason(err, 'AlreadyExists')) throw err;
      }
    }
  }

  async #createOnce({ kind, namespace, name, options, user }: ApiRequest, object: ApiObject): Promise<ApiAnswer> {
    const now = new Date();
    beginObject(kind, { object, namespace, name }, now);
    const write = { operation: 'create', kind, subresource: '', namespace, object, prev: undefined, user } as const;
    kind.defaults?.(object);
    await this.#admission.admit(write);
    finishCreate(kind, object, now);
    if (isDryRun(options.getAll('dryRun'))) {
      if (await this.#objects.read(kind, namespace, object.metadata.name)) throw alreadyExists(kind, object.metadata.name);
      return { type: 'json', code: 201, value: unstored(kind, object) };
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stored = await this.#admission.commit(write, companions => this.#objects.create(kind, object, companions));
      if (stored) return { type: 'object', code: 201, object: stored };
      if (await this.#objects.read(kind, namespace, object.metadata.name)) throw alreadyExists(kind, object.metadata.name);
    }
    throw busy(kind, object.metadata.name);
  }

  async update(request: ApiRequest): Promise<ApiAnswer> {
    const subresource = this.#subresource(request);
    if (subresource && 'read' in subresource) {
      const { object, warnings } = decodeObject(request, SCALE);
      return { ...(await this.#writeScale(request, subresource, () => object as Scale)), warnings };
    }
    if (subresource && !('part' in subresource) && subresource.name !== 'status') throw notAllowed();
    const { object, warnings } = decodeObject(request, request.kind);
    const { answer } = await this.#write(request, { isConditional: Boolean(object.metadata.resourceVersion) }, current =>
      this.#next(request, { current, next: structuredClone(object) }),
    );
    return { ...answer, warnings };
  }

  async patch(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, body, contentType = '', options } = request;
    const apply = PATCHES[contentType.split(';')[0]?.trim() ?? ''];
    if (!apply) {
      throw new StatusError(
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCHES).join(', ')}`,
      );
    }
    const patch = parseJson(body);
    const subresource = this.#subresource(request);
    if (subresource && 'read' in subresource) {
      return this.#writeScale(request, subresource, scale => typed(apply(SCALE.schema, scale, patch), SCALE, { options }).object as Scale);
    }
    const isPatchable = !subresource || subresource.name === 'status' || ('part' in subresource && !subresource.part.updateOnly);
    if (!isPatchable) throw notAllowed();
    let warnings: readonly string[] = [];
    const { answer } = await this.#write(request, { isConditional: false }, current => {
      const decoded = typed(apply(kind.schema, current.object, patch), kind, { options });
      warnings = decoded.warnings;
      return this.#next(request, { current, next: decoded.object });
    });
    return { ...answer, warnings };
  }

  /** GET of a subresource that is a view of the object. */
  async readScale({ kind, namespace, name, subresource }: ApiRequest): Promise<ApiAnswer> {
    const found = kind.subresources?.find(candidate => candidate.name === subresource);
    if (!found || !('read' in found)) throw notAllowed();
    const current = await this.#objects.read(kind, namespace, name);
    if (!current) throw notFound(kind, name);
    return { type: 'json', code: 200, value: found.read(current.object) };
  }

  /** POST to an action, such as a binding. */
  async act(request: ApiRequest): Promise<ApiAnswer> {
    const subresource = this.#subresource(request);
    if (!subresource || !('action' in subresource)) throw notAllowed();
    const { action } = subresource;
    const { object: body, warnings } = decodeObject(request, action);
    await this.#write(request, { isConditional: false }, ({ object }) => {
      const draft = structuredClone(object);
      action.apply(draft, body, { now: new Date() });
      return draft;
    });
    return { type: 'json', code: 201, value: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, warnings };
  }

  #subresource({ kind, subresource }: ApiRequest): Subresource<ApiObject> | undefined {
    return subresource === '' ? undefined : kind.subresources?.find(({ name }) => name === subresource);
  }

  async #writeScale(
    request: ApiRequest,
    scale: Extract<Subresource<ApiObject>, { read: unknown }>,
    change: (scale: Scale) => Scale,
  ): Promise<ApiAnswer> {
    const { object } = await this.#write(request, { isConditional: false }, async current => {
      const wanted = change(scale.read(current.object));
      const { replicas } = wanted.spec ?? {};
      if (replicas !== undefined && replicas < 0)
        throw badRequest(`spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`);
      const next = structuredClone(current.object);
      if (wanted.metadata.resourceVersion) next.metadata.resourceVersion = wanted.metadata.resourceVersion;
      scale.write(next, wanted);
      return this.#next({ ...request, subresource: '' }, { current, next });
    });
    return { type: 'json', code: 200, value: scale.read(object) };
  }

  /** What an update of the object, of its status or of another part of it leaves to store. */
  async #next(
    { kind, subresource, namespace, user }: ApiRequest,
    { current: { object: prev }, next }: { readonly current: Current; readonly next: ApiObject },
  ): Promise<ApiObject> {
    beginUpdate(kind, { next, prev });
    if (subresource === 'status') {
      const written = finishStatus(kind, { next, prev });
      await this.#admission.admit({ operation: 'update', kind, subresource, namespace, object: written, prev, user });
      return written;
    }
    const part = kind.subresources?.find(({ name }) => name === subresource);
    if (part && 'part' in part) {
      const draft = structuredClone(prev);
      part.part.apply(draft, next);
      await this.#admission.admit({ operation: 'update', kind, subresource, namespace, object: draft, prev, user });
      const faults = part.part.validate?.(draft, prev) ?? kind.validateStatus?.(draft, prev) ?? [];
      if (faults.length > 0) throw invalid(kind, prev.metadata.name, faults);
      return draft;
    }
    kind.defaults?.(next);
    await this.#admission.admit({ operation: 'update', kind, subresource, namespace, object: next, prev, user });
    finishUpdate(kind, { next, prev }, new Date());
    return next;
  }

  async #write(request: ApiRequest, { isConditional }: { readonly isConditional: boolean }, change: Change): Promise<Outcome> {
    const { kind, namespace, name, options } = request;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      request.signal.throwIfAborted();
      const current = await this.#objects.read(kind, namespace, name);
      if (!current) throw notFound(kind, name);
      const next = await change(current);
      if (isDryRun(options.getAll('dryRun'))) return { answer: { type: 'json', code: 200, value: unstored(kind, next) }, object: next };
      const outcome = await this.#store(request, current, next);
      if (outcome) return outcome;
      // The next attempt finds the newer version, and with it the conflict.
      if (isConditional && attempt > 0) break;
    }
    throw busy(kind, name);
  }

  /** Undefined when the object has changed meanwhile. */
  async #store({ kind, namespace, subresource, user }: ApiRequest, current: Current, next: ApiObject): Promise<Outcome | undefined> {
    const { object: prev } = current;
    if (jsonEquals(next, prev)) return { answer: { type: 'json', code: 200, value: unstored(kind, prev) }, object: prev };
    if (isGone(kind, next)) {
      const removal = { operation: 'delete', kind, subresource, namespace, object: prev, prev, user } as const;
      return (await this.#admission.commit(removal, companions => this.#objects.remove(current, companions)))
        ? { answer: { type: 'json', code: 200, value: unstored(kind, next) }, object: next }
        : undefined;
    }
    const write = { operation: 'update', kind, subresource, namespace, object: next, prev, user } as const;
    const stored = await this.#admission.commit(write, companions => this.#objects.replace(kind, next, current, companions));
    return (
      stored && {
        answer: { type: 'object', code: 200, object: stored },
        object: { ...next, metadata: { ...next.metadata, resourceVersion: String(stored.resourceVersion) } },
      }
    );
  }
}
