/** What is fixed about the names this server is the authority for. */
export interface Zone {
  /** Such as cluster.local: lower case, without a dot at its end. */
  readonly name: string;
  readonly labels: readonly string[];
  /** Seconds, also of answers that say no. */
  readonly ttl: number;
  readonly serial: number;
  /** Where this server itself can be asked, when no Service leads to it. */
  readonly addresses: readonly string[];
}

export function zoneOf({ name, ...rest }: Omit<Zone, 'labels'>): Zone {
  const folded = name.toLowerCase().replace(/\.$/, '');
  return { ...rest, name: folded, labels: folded.split('.') };
}

/** What stands before the zone's own labels; undefined for names that are not below it. */
export function labelsBelow({ labels: own }: Zone, labels: readonly string[]): readonly string[] | undefined {
  const depth = labels.length - own.length;
  return depth >= 0 && own.every((label, at) => labels[depth + at] === label) ? labels.slice(0, depth) : undefined;
}
