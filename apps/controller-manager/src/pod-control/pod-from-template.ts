import { type ApiObject, type Kind, type New, type Pod, type PodSpec, type PodTemplateSpec } from '@steersman/types';
import { controllerReference } from '../claim.ts';
import { generatedName } from '../names.ts';

export interface PodIdentity {
  /** One is generated from the owner's unless told. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: Partial<PodSpec>;
}

/** A pod of `owner`, as its template says, and what makes this one different from the others. */
export function podFromTemplate<O extends ApiObject>(
  { kind, owner, template }: { readonly kind: Kind<O>; readonly owner: O; readonly template: PodTemplateSpec | undefined },
  identity: PodIdentity = {},
): New<Pod> {
  const { metadata = {}, spec = { containers: [] } } = template ?? {};
  const generateName = `${owner.metadata.name}-`;
  const labels = { ...metadata.labels, ...identity.labels };
  const annotations = { ...metadata.annotations, ...identity.annotations };
  const finalizers = [...(metadata.finalizers ?? []), ...(identity.finalizers ?? [])];
  return {
    metadata: {
      ...(identity.name === undefined ? { name: generatedName(generateName), generateName } : { name: identity.name }),
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(finalizers.length > 0 && { finalizers }),
      ownerReferences: [controllerReference(kind, owner)],
    },
    spec: { ...spec, ...identity.spec },
    status: {},
  };
}
