/** Notes of clients whose backend is no longer one of its Service: they would go on being sent there. */
export function staleAffinities(
  affinities: ReadonlyMap<string, string>,
  liveBackends: ReadonlyMap<string, ReadonlySet<string>>,
): readonly { readonly key: string; readonly backend: string }[] {
  return [...affinities]
    .filter(([key, backend]) => !liveBackends.get(frontOf(key))?.has(backend))
    .map(([key, backend]) => ({ key, backend }));
}

/** client . address . protocol . port → address . protocol . port */
const frontOf = (key: string): string => key.slice(key.indexOf(' . ') + ' . '.length);
