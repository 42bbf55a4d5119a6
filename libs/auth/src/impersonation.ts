import { type Attributes, type Authorizer, forbidden } from './attributes.ts';
import { accountOf, ANONYMOUS, type User, userOfAccount } from './user.ts';

/** What a request asks to be, besides what it is. */
export interface ImpersonationRequest {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const AUTHENTICATION = 'authentication.k8s.io';
const AUTHENTICATED = 'system:authenticated';
const UNAUTHENTICATED = 'system:unauthenticated';

/** The user `asked` names, when `actor` may be all of it; throws Forbidden for the first part he may not. */
export function impersonate(actor: User, asked: ImpersonationRequest, authorizer: Authorizer): User {
  for (const attributes of rightsNeeded(actor, asked)) if (!authorizer.allows(attributes)) throw forbidden(attributes);
  const account = accountOf(asked.user);
  const given = asked.groups.length === 0 && account ? userOfAccount(account).groups : asked.groups;
  const implied = asked.user === ANONYMOUS.name ? UNAUTHENTICATED : AUTHENTICATED;
  const isPlaced = given.some(group => group === AUTHENTICATED || group === UNAUTHENTICATED);
  return {
    name: asked.user,
    groups: isPlaced ? given : [...given, implied],
    ...(asked.uid && { uid: asked.uid }),
    ...(Object.keys(asked.extra).length > 0 && { extra: asked.extra }),
  };
}

function* rightsNeeded(user: User, asked: ImpersonationRequest): Iterable<Attributes> {
  const right = { user, verb: 'impersonate', group: '', subresource: '', namespace: '', path: '' };
  const account = accountOf(asked.user);
  yield account ? { ...right, resource: 'serviceaccounts', ...account } : { ...right, resource: 'users', name: asked.user };
  for (const name of asked.groups) yield { ...right, resource: 'groups', name };
  if (asked.uid) yield { ...right, group: AUTHENTICATION, resource: 'uids', name: asked.uid };
  for (const [key, values] of Object.entries(asked.extra))
    for (const name of values) yield { ...right, group: AUTHENTICATION, resource: 'userextras', subresource: key, name };
}
