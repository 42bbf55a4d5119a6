/** What can stand between two slashes of an address: all that names of roles must be. */
export function checkPathSegment(value: string): readonly string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter(part => value.includes(part)).map(part => `may not contain '${part}'`);
}
