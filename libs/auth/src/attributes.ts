import { StatusError } from '@steersman/status';
import type { User } from './user.ts';

/** What somebody wants to do. */
export interface Attributes {
  readonly user: User;
  /** get, list, watch, create, update, patch, delete, deletecollection, and verbs of their own such as bind; the method for paths. */
  readonly verb: string;
  readonly group: string;
  /** Plural; '' for a path that is no resource. */
  readonly resource: string;
  readonly subresource: string;
  /** '' is all namespaces, or none. */
  readonly namespace: string;
  /** '' when no single object is meant. */
  readonly name: string;
  /** Of a request for no resource, such as /metrics. */
  readonly path: string;
  /** Fields that a list or watch asks to have exactly these values. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Whether somebody may. Everything that no rule allows is refused. */
export interface Authorizer {
  allows(attributes: Attributes): boolean;
}

/** Upstream's words for a refusal. */
export function forbidden({ user, verb, group, resource, subresource, namespace, name, path }: Attributes): StatusError {
  if (resource === '')
    return new StatusError('Forbidden', `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`);
  const full = subresource ? `${resource}/${subresource}` : resource;
  const qualified = group ? `${resource}.${group}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const what = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  return new StatusError(
    'Forbidden',
    `${what} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`,
    {
      details: { ...(name && { name }), ...(group && { group }), kind: resource },
    },
  );
}
