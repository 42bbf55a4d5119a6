/** What can be asked of a kubelet; paths as upstream's. */
export type Route =
  | { readonly name: 'containerLogs'; readonly namespace: string; readonly pod: string; readonly container: string }
  | {
      readonly name: 'exec' | 'attach';
      readonly namespace: string;
      readonly pod: string;
      readonly uid?: string;
      readonly container: string;
    }
  | { readonly name: 'portForward'; readonly namespace: string; readonly pod: string; readonly uid?: string }
  | { readonly name: 'healthz' | 'pods' | 'metrics' };

/** Undefined for a path that leads nowhere. */
export function routeOf(pathname: string): Route | undefined {
  const parts = pathname.split('/').slice(1).map(decode);
  const [name, namespace = '', pod = '', ...rest] = parts;
  if (parts.includes('')) return undefined;
  if (name === 'healthz' || name === 'pods' || name === 'metrics') return parts.length === 1 ? { name } : undefined;
  if (pod === '') return undefined;
  if (name === 'containerLogs') return rest.length === 1 ? { name, namespace, pod, container: rest[0] ?? '' } : undefined;
  if (name === 'exec' || name === 'attach') return commandRoute(name, { namespace, pod }, rest);
  if (name !== 'portForward' || rest.length > 1) return undefined;
  return { name, namespace, pod, ...uidOf(rest[0]) };
}

/** The uid between pod and container may be left out. */
function commandRoute(name: 'exec' | 'attach', at: { namespace: string; pod: string }, rest: readonly string[]): Route | undefined {
  const container = rest.at(-1);
  if (container === undefined || rest.length > 2) return undefined;
  return { name, ...at, container, ...uidOf(rest.length === 2 ? rest[0] : undefined) };
}

const uidOf = (uid: string | undefined): { uid?: string } => (uid === undefined ? {} : { uid });

/** '' for what is no valid escape: it leads nowhere. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
