/** metav1.ObjectMeta as it stands on every stored object. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  /** Absent on cluster-scoped objects. */
  namespace?: string;
  uid: string;
  /** A decimal number that only grows across all kinds. */
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** What a client sends to create a T: the server fills in the rest of the metadata. */
export type New<T extends ApiObject> = Omit<T, 'metadata' | 'status'> &
  Partial<Pick<T, keyof T & 'status'>> & { metadata: Partial<ObjectMeta> };

/** "namespace/name", or "name" for cluster-scoped objects. */
export type Key = string;

export const keyOf = ({ metadata: { namespace, name } }: { readonly metadata: Pick<ObjectMeta, 'name' | 'namespace'> }): Key =>
  namespace ? `${namespace}/${name}` : name;

export const splitKey = (key: Key): { readonly namespace: string | undefined; readonly name: string } => {
  const at = key.indexOf('/');
  return at < 0 ? { namespace: undefined, name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) };
};

export const controllerOf = ({ metadata }: ApiObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(owner => owner.controller);
