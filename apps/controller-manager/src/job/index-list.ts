/** Numbers in order as a Job's status writes them, three or more in a row as a range: `1,3-5,7`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (end + 1 < sorted.length && (sorted[end + 1] ?? 0) === (sorted[end] ?? 0) + 1) end++;
    if (end - at >= 2) parts.push(`${sorted[at]}-${sorted[end]}`);
    else parts.push(...sorted.slice(at, end + 1).map(String));
    at = end + 1;
  }
  return parts.join(',');
}

/** Those below `limit`: a Job that has shrunk has indexes that count no more. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [first = NaN, last = first] = part === '' ? [] : part.split('-').map(Number);
    for (let index = first; index <= last && index < limit; index++) indexes.add(index);
  }
  return indexes;
}
