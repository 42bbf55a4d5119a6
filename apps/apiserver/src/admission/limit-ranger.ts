import {
  type Amounts,
  compareQuantities,
  type Container,
  type LimitRangeItem,
  limitRangeKind,
  milliValue,
  type Pod,
  podKind,
  podResources,
} from '@steersman/types';
import type { CachedObjects } from '../cached-objects.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';
import { isMirror } from './mirror-pod.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

interface Taken {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

/** Fills in what the namespace's limit ranges give containers that say nothing, and refuses what lies outside of them. */
export const limitRanger = (objects: CachedObjects): AdmissionRule => ({
  admit({ operation, kind, subresource, namespace, object }) {
    if (kind !== podKind || operation !== 'create' || subresource !== '') return;
    const items = objects.all(limitRangeKind, namespace).map(({ spec }) => spec.limits ?? []);
    const pod = object as Pod; // the kind says so
    if (items.length === 0 || isMirror(pod)) return;
    for (const limits of items) fillIn(pod, limits);
    const faults = items.flat().flatMap(item => faultsOf(pod, item));
    if (faults.length === 0) return;
    const distinct = [...new Set(faults)];
    throw refused(
      podKind,
      pod.metadata.name || (pod.metadata.generateName ?? ''),
      distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`,
    );
  },
});

function fillIn({ spec, metadata }: Pod, items: readonly LimitRangeItem[]): void {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const limits = Object.assign({}, ...ofContainers.map(item => item.default ?? {})) as Amounts;
  const requests = Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest ?? {})) as Amounts;
  const told = [
    ...spec.containers.flatMap(container => fillContainer(container, 'container', { requests, limits })),
    ...(spec.initContainers ?? []).flatMap(container => fillContainer(container, 'init container', { requests, limits })),
  ];
  if (told.length > 0) metadata.annotations = { ...metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}` };
}

function fillContainer(container: Container, word: string, { requests = {}, limits = {} }: Taken): readonly string[] {
  const resources = (container.resources ??= {});
  const added = (given: Readonly<Record<string, string>> | undefined, defaults: Amounts): string[] =>
    Object.keys(defaults)
      .filter(name => given?.[name] === undefined)
      .sort();
  const [newRequests, newLimits] = [added(resources.requests, requests), added(resources.limits, limits)];
  if (newRequests.length > 0) resources.requests = { ...requests, ...resources.requests };
  if (newLimits.length > 0) resources.limits = { ...limits, ...resources.limits };
  return [
    ...(newRequests.length > 0 ? [`${newRequests.join(', ')} request for ${word} ${container.name}`] : []),
    ...(newLimits.length > 0 ? [`${newLimits.join(', ')} limit for ${word} ${container.name}`] : []),
  ];
}

function faultsOf({ spec }: Pod, item: LimitRangeItem): readonly string[] {
  if (item.type === 'Pod') return check(item, podResources(spec));
  if (item.type !== 'Container') return [];
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources = {} }) => check(item, resources));
}

const check = (item: LimitRangeItem, taken: Taken): readonly string[] => [
  ...Object.entries(item.min ?? {}).flatMap(([name, bound]) => belowMinimum({ type: item.type, name, bound }, taken)),
  ...Object.entries(item.max ?? {}).flatMap(([name, bound]) => aboveMaximum({ type: item.type, name, bound }, taken)),
  ...Object.entries(item.maxLimitRequestRatio ?? {}).flatMap(([name, bound]) => aboveRatio({ type: item.type, name, bound }, taken)),
];

interface Bound {
  readonly type: string;
  readonly name: string;
  readonly bound: string;
}

function belowMinimum({ type, name, bound }: Bound, { requests = {}, limits = {} }: Taken): readonly string[] {
  const [request, limit] = [requests[name], limits[name]];
  const opening = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return [`${opening}.  No request is specified`];
  if (compareQuantities(request, bound) < 0) return [`${opening}, but request is ${request}`];
  return limit !== undefined && compareQuantities(limit, bound) < 0 ? [`${opening}, but limit is ${limit}`] : [];
}

function aboveMaximum({ type, name, bound }: Bound, { requests = {}, limits = {} }: Taken): readonly string[] {
  const [request, limit] = [requests[name], limits[name]];
  const opening = `maximum ${name} usage per ${type} is ${bound}`;
  if (limit === undefined) return [`${opening}.  No limit is specified`];
  if (compareQuantities(limit, bound) > 0) return [`${opening}, but limit is ${limit}`];
  return request !== undefined && compareQuantities(request, bound) > 0 ? [`${opening}, but request is ${request}`] : [];
}

function aboveRatio({ type, name, bound }: Bound, { requests = {}, limits = {} }: Taken): readonly string[] {
  const opening = `${name} max limit to request ratio per ${type} is ${bound}`;
  const [request, limit] = [milliValue(requests[name]), milliValue(limits[name])];
  if (request === 0) return [`${opening}, but no request is specified or request is 0`];
  if (limit === 0) return [`${opening}, but no limit is specified or limit is 0`];
  const ratio = limit / request;
  return ratio * 1_000 > milliValue(bound) ? [`${opening}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}
