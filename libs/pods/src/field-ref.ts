import type { Pod } from '@steersman/types';

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a downward API field; undefined for a field there is none of. */
export function fieldValue(pod: Pod, fieldPath: string): string | undefined {
  const [, map, key = ''] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (map === 'labels' || map === 'annotations') return pod.metadata[map]?.[key] ?? '';
  return FIELDS[fieldPath]?.(pod);
}

const FIELDS: Readonly<Record<string, (pod: Pod) => string>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
  'metadata.uid': ({ metadata }) => metadata.uid,
  'metadata.labels': ({ metadata }) => mapText(metadata.labels),
  'metadata.annotations': ({ metadata }) => mapText(metadata.annotations),
  'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
  'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
  'status.podIP': ({ status }) => status.podIP ?? '',
  'status.podIPs': ({ status }) => (status.podIPs ?? []).map(({ ip }) => ip).join(','),
  'status.hostIP': ({ status }) => status.hostIP ?? '',
  'status.hostIPs': ({ status }) => (status.hostIPs ?? []).map(({ ip }) => ip).join(','),
};

/** One `key="value"` a line, by key, as upstream writes maps into files. */
const mapText = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map(key => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
