import { findKind, type Kind } from '@steersman/types';

export interface ResourceRoute {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** What a request asks for. */
export interface Target {
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
}

const NO_PARAMETERS = new URLSearchParams();

/** Splits a request's target: `new URL` costs more than the rest of a small answer. */
export function targetOf(url = '/'): Target {
  const at = url.indexOf('?');
  return at < 0
    ? { pathname: url, searchParams: NO_PARAMETERS }
    : { pathname: url.slice(0, at), searchParams: new URLSearchParams(url.slice(at + 1)) };
}

const decode = (part: string): string => {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/**
 * `/api/v1/...` and `/apis/<group>/<version>/...`, then `[namespaces/<namespace>/]<resource>[/<name>[/<subresource>]]`. Undefined when no kind
 * is served there.
 */
export function routeOf(pathname: string): ResourceRoute | undefined {
  const parts = pathname.split('/').slice(1).map(decode);
  if (parts.at(-1) === '') parts.pop();
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return undefined;
  const [group = '', version = '', ...rest] = isCore ? ['', ...parts.slice(1)] : parts.slice(1);
  if (isNamespaced(rest, { group, version })) {
    const [, namespace = '', plural = '', name = '', subresource = '', ...more] = rest;
    return found({ group, version, plural }, { namespace, name, subresource }, more);
  }
  const [plural = '', name = '', subresource = '', ...more] = rest;
  return found({ group, version, plural }, { namespace: '', name, subresource }, more);
}

/** `namespaces/x/status` is of the namespace itself, `namespaces/x/pods` of what is in it. */
function isNamespaced(rest: readonly string[], { group, version }: { readonly group: string; readonly version: string }): boolean {
  const third = rest[2];
  if (rest[0] !== 'namespaces' || third === undefined) return false;
  const own = findKind({ group, version, plural: 'namespaces' });
  return !own?.subresources?.some(({ name }) => name === third);
}

function found(
  resource: Pick<Kind, 'group' | 'version' | 'plural'>,
  place: Omit<ResourceRoute, 'kind'>,
  more: readonly string[],
): ResourceRoute | undefined {
  const kind = findKind(resource);
  return kind && more.length === 0 ? { kind, ...place } : undefined;
}
