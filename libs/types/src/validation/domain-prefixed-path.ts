import { checkSubdomain } from '@steersman/labels';
import { checked, type Faults, invalidValue } from './faults.ts';

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** A domain and a path, such as `example.com/ingress`; of a faulty one the part is shown that is at fault. */
export function domainPrefixedPath(field: string, value: string): Faults {
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) return invalidValue(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")');
  const path = value.slice(slash + 1);
  return [
    ...checked(field, value.slice(0, slash), checkSubdomain),
    ...(PATH.test(path) ? [] : invalidValue(field, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')")),
  ];
}
