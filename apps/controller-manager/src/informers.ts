import { createInformer, type Client, type IndexFunction, type Informer, type InformerOptions } from '@steersman/client';
import { type ApiObject, controllerOf, type Kind } from '@steersman/types';

/** One informer per kind, shared by all controllers. */
export type Informers = <T extends ApiObject>(kind: Kind<T>) => Informer<T>;

/** Objects by the uid of an owner. */
export const BY_OWNER = 'owner';
/** Objects nobody controls, by namespace: those somebody may adopt. */
export const UNCONTROLLED = 'uncontrolled';
/** Pods by the name of their node. */
export const BY_NODE = 'node';

export type SharedOptions = Omit<InformerOptions<never>, 'indexes'>;

/** What `owner` has or may claim. */
export const claimable = <T extends ApiObject>(informer: Informer<T>, { metadata: { uid, namespace = '' } }: ApiObject): readonly T[] => [
  ...informer.by(BY_OWNER, uid),
  ...informer.by(UNCONTROLLED, namespace),
];

/** Informers are made when first asked for, with every index a controller uses. */
export function sharedInformers(client: Client, options: SharedOptions): Informers {
  const made = new Map<string, unknown>();
  return <T extends ApiObject>(kind: Kind<T>): Informer<T> => {
    const name = `${kind.group}/${kind.plural}`;
    const known = made.get(name) as Informer<T> | undefined; // stored below under its own kind
    const informer = known ?? createInformer(client.of(kind), { ...options, indexes: indexesOf(kind) });
    made.set(name, informer);
    return informer;
  };
}

function indexesOf<T extends ApiObject>(kind: Kind<T>): Readonly<Record<string, IndexFunction<T>>> {
  const nodeOf = kind.selectableFields?.['spec.nodeName'];
  return {
    [UNCONTROLLED]: object => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']),
    [BY_OWNER]: ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid),
    ...(nodeOf && {
      [BY_NODE]: (object: T) => {
        const node = nodeOf(object);
        return node === '' ? [] : [node];
      },
    }),
  };
}
