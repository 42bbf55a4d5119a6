import { randomFillSync, randomUUID } from 'node:crypto';
import type { StatusError } from '@steersman/status';
import {
  type ApiObject,
  invalid,
  jsonEquals,
  type Kind,
  type ObjectMeta,
  validateMetadata,
  validateMetadataUpdate,
} from '@steersman/types';
import { badRequest, conflict, modified } from './errors.ts';

/** Without vowels and what looks alike, so that no words arise. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_PREFIX = 63 - SUFFIX_LENGTH;

export const timestamp = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

/** Asking the system for random bytes costs much more than using them, so they are fetched by the thousand. */
const random = { pool: Buffer.alloc(SUFFIX_LENGTH * 1_000), at: Infinity };

/** What makes a generated name one of its own. */
export function nameSuffix(): string {
  if (random.at >= random.pool.length) {
    randomFillSync(random.pool);
    random.at = 0;
  }
  let suffix = '';
  for (const end = random.at + SUFFIX_LENGTH; random.at < end; random.at++)
    suffix += SUFFIX_LETTERS.charAt((random.pool[random.at] ?? 0) % SUFFIX_LETTERS.length);
  return suffix;
}

const has = (kind: Kind, subresource: string): boolean => kind.subresources?.some(({ name }) => name === subresource) ?? false;
const hasGeneration = (kind: Kind): boolean => kind.generation ?? has(kind, 'status');

/** The parts of an object that generation counts. */
const desired = ({ apiVersion: _, kind: __, metadata: ___, ...rest }: ApiObject): object => ({ ...rest, status: undefined });

/** Gives a new object what the server decides about its metadata. */
export function beginObject(
  kind: Kind,
  { object, namespace, name }: { readonly object: ApiObject; readonly namespace: string; readonly name: string },
  now: Date,
): void {
  const given = object.metadata;
  if (given.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  if (given.namespace && namespace && given.namespace !== namespace)
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  if (name && given.name && given.name !== name)
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
  const generated = !given.name && given.generateName ? `${given.generateName.slice(0, MAX_GENERATED_PREFIX)}${nameSuffix()}` : '';
  const { uid: _, creationTimestamp: __, deletionTimestamp: ___, deletionGracePeriodSeconds: ____, managedFields: _____, ...rest } = given;
  const inNamespace = given.namespace ?? (namespace || undefined);
  object.metadata = {
    ...rest,
    name: given.name || name || generated,
    ...(inNamespace !== undefined && { namespace: inNamespace }),
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: timestamp(now),
    ...(hasGeneration(kind) && { generation: 1 }),
  };
}

/** Defaults, the kind's own preparation, and every fault in one 422. */
export function finishCreate(kind: Kind, object: ApiObject, now: Date): void {
  kind.defaults?.(object);
  kind.prepareForCreate?.(object, { now });
  const faults = [...validateMetadata(kind, object), ...(kind.validate?.(object) ?? [])];
  if (faults.length > 0) throw invalid(kind, object.metadata.name, faults);
}

/** Checks what an update says about the object it means, and gives it the metadata that only the server changes. */
export function beginUpdate(kind: Kind, { next, prev }: { readonly next: ApiObject; readonly prev: ApiObject }): void {
  const { name } = prev.metadata;
  const given = next.metadata;
  if (given.name && given.name !== name)
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
  if (given.namespace && given.namespace !== prev.metadata.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (given.uid && given.uid !== prev.metadata.uid)
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${prev.metadata.uid}`);
  if (given.resourceVersion && given.resourceVersion !== prev.metadata.resourceVersion) throw modified(kind, name);
  next.metadata = { ...changeable(given), ...fixed(prev.metadata) };
}

/** What is empty is left out, as upstream's encoding does. */
function changeable({ generateName, labels, annotations, ownerReferences, finalizers }: ObjectMeta): Partial<ObjectMeta> {
  const isFilled = (part: object | undefined): boolean => part !== undefined && Object.keys(part).length > 0;
  return {
    ...(generateName !== undefined && { generateName }),
    ...(labels && isFilled(labels) && { labels }),
    ...(annotations && isFilled(annotations) && { annotations }),
    ...(ownerReferences && isFilled(ownerReferences) && { ownerReferences }),
    ...(finalizers && isFilled(finalizers) && { finalizers }),
  };
}

function fixed({
  name,
  namespace,
  uid,
  resourceVersion,
  creationTimestamp,
  generation,
  deletionTimestamp,
  deletionGracePeriodSeconds,
}: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
}

const statusOf = (object: ApiObject): unknown => (object as { status?: unknown }).status;
const setStatus = (object: ApiObject, status: unknown): void => {
  if (status === undefined) Reflect.deleteProperty(object, 'status');
  else (object as { status?: unknown }).status = status;
};

/** A write of the object itself keeps the status; faults of the object and of the change come in one 422. */
export function finishUpdate(kind: Kind, { next, prev }: { readonly next: ApiObject; readonly prev: ApiObject }, now: Date): void {
  if (has(kind, 'status')) setStatus(next, statusOf(prev));
  kind.prepareForUpdate?.(next, prev, { now });
  kind.defaults?.(next);
  if (hasGeneration(kind) && !jsonEquals(desired(next), desired(prev))) next.metadata.generation = (prev.metadata.generation ?? 0) + 1;
  const faults = [...validateMetadataUpdate(next, prev), ...(kind.validate?.(next) ?? []), ...(kind.validateUpdate?.(next, prev) ?? [])];
  if (faults.length > 0) throw invalid(kind, prev.metadata.name, faults);
}

/** A status write keeps everything else. */
export function finishStatus(kind: Kind, { next, prev }: { readonly next: ApiObject; readonly prev: ApiObject }): ApiObject {
  const written = structuredClone(prev);
  setStatus(written, statusOf(next));
  const faults = kind.validateStatus?.(written, prev) ?? [];
  if (faults.length > 0) throw invalid(kind, prev.metadata.name, faults);
  return written;
}

/** True when nothing holds a deleted object back any more. */
export const isGone = (kind: Kind, object: ApiObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (kind.pendingFinalizers?.(object) ?? []).length === 0;

export const busy = (kind: Kind, name: string): StatusError => conflict(kind, name, 'the object keeps changing; please try again');
