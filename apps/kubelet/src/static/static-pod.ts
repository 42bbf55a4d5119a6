import { createHash } from 'node:crypto';
import { readYaml } from '@steersman/wire';
import { messageOf, type Pod, podKind, type Toleration, validateMetadata } from '@steersman/types';

export const CONFIG_HASH = 'kubernetes.io/config.hash';
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror';
export const CONFIG_SOURCE = 'kubernetes.io/config.source';
const CONFIG_SEEN = 'kubernetes.io/config.seen';

/** Nothing of the cluster takes a static pod away. */
const STAYS: Toleration = { operator: 'Exists', effect: 'NoExecute' };

/** A pod the node runs because of a file, not of the API. */
export const isStatic = ({ metadata: { annotations = {} } }: Pod): boolean =>
  annotations[CONFIG_SOURCE] !== undefined && annotations[CONFIG_MIRROR] === undefined;

/** The object in the API that shows a static pod. */
export const isMirror = ({ metadata: { annotations = {} } }: Pod): boolean => annotations[CONFIG_MIRROR] !== undefined;

export interface ManifestFacts {
  /** Where it comes from; two files that say the same are two pods. */
  readonly origin: string;
  readonly source: 'file' | 'http';
  readonly nodeName: string;
  /** RFC 3339. */
  readonly seen: string;
}

/** The pod a manifest describes, complete as the API would have made it. Throws what is wrong with the manifest. */
export function staticPod(manifest: string, { origin, source, nodeName, seen }: ManifestFacts): Pod {
  const read = readYaml(Buffer.from(manifest)).json as Partial<Pod> | undefined;
  if (read?.kind !== 'Pod' || read.apiVersion !== 'v1' || !read.metadata?.name || !read.spec)
    throw new Error('it holds no v1 Pod with a name and a spec');
  const uid = createHash('md5').update(`${nodeName}\0${origin}\0${manifest}`).digest('hex'); // 32 digits, as upstream's
  const { metadata, spec } = read;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName}`,
      namespace: metadata.namespace ?? 'default',
      uid,
      resourceVersion: '',
      creationTimestamp: seen,
      annotations: { ...metadata.annotations, [CONFIG_HASH]: uid, [CONFIG_SEEN]: seen, [CONFIG_SOURCE]: source },
    },
    spec: { ...spec, nodeName, tolerations: [...(spec.tolerations ?? []), STAYS] },
    status: { phase: 'Pending' },
  };
  podKind.defaults?.(pod);
  const faults = [...validateMetadata(podKind, pod), ...(podKind.validate?.(pod) ?? [])];
  if (faults.length > 0) throw new Error(faults.map(fault => `${fault.field}: ${messageOf(fault)}`).join('; '));
  return pod;
}
