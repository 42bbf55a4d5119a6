import { jsonEquals, type PodTemplateSpec } from '@steersman/types';
import { safeEncode } from '../names.ts';

export const HASH_LABEL = 'pod-template-hash';

/**
 * The hash in names and labels of a Deployment's ReplicaSets, in upstream's format: FNV-1a of 32 bits, its decimal digits
 * in the alphabet of names. Equal templates have equal hashes; `collisions` gives another when a name is taken.
 */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  const hash = fnv1a(JSON.stringify(canonical(template)) + (collisions === undefined ? '' : String(collisions)));
  return safeEncode(String(hash));
}

/** Whether two templates would make the same pods; the hash label that ReplicaSets add does not count. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  jsonEquals(canonical(withoutHash(a)), canonical(withoutHash(b)));

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Keys in order; what Go has no difference for (null, empty lists, empty label maps) left out. */
function canonical(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(item => canonical(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, canonical(inner, name)] as const)
    .filter(([, inner]) => inner !== undefined && inner !== null && !(Array.isArray(inner) && inner.length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const isEmptyMap = entries.length === 0 && ['labels', 'annotations', 'metadata', 'nodeSelector'].includes(key);
  return isEmptyMap ? undefined : Object.fromEntries(entries);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
