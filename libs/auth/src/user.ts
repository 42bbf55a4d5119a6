/** Who asks. Groups include system:authenticated or system:unauthenticated. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** Of the account behind the user, where there is one. */
  readonly uid?: string;
  /** What else the authenticator knows, such as the pod a token is bound to. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const AUTHENTICATED = 'system:authenticated';
const MASTERS = 'system:masters';

/** A verified client certificate: its common name is the user, its organizations are the groups. */
export const userOfCertificate = ({
  commonName,
  organizations,
}: {
  readonly commonName: string;
  readonly organizations: readonly string[];
}): User => ({
  name: commonName,
  groups: [...organizations, AUTHENTICATED],
});

const ACCOUNT_USER = 'system:serviceaccount:';
const ACCOUNT_GROUP = 'system:serviceaccounts';

export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

export const accountUserName = ({ namespace, name }: AccountName): string => `${ACCOUNT_USER}${namespace}:${name}`;

export const userOfAccount = (account: AccountName, more: Pick<User, 'uid' | 'extra'> = {}): User => ({
  name: accountUserName(account),
  groups: [ACCOUNT_GROUP, `${ACCOUNT_GROUP}:${account.namespace}`, AUTHENTICATED],
  ...more,
});

/** The service account a user name stands for. */
export function accountOf(userName: string): AccountName | undefined {
  if (!userName.startsWith(ACCOUNT_USER)) return undefined;
  const [namespace, name, ...more] = userName.slice(ACCOUNT_USER.length).split(':');
  return namespace && name && more.length === 0 ? { namespace, name } : undefined;
}

/** May do everything, whatever the roles say: the way back in when they are wrong. */
export const isMaster = ({ groups }: User): boolean => groups.includes(MASTERS);

const NODE_USER = 'system:node:';
const NODE_GROUP = 'system:nodes';

/** The node that asks, when a node asks. */
export const nodeNameOf = ({ name, groups }: User): string | undefined =>
  groups.includes(NODE_GROUP) && name.startsWith(NODE_USER) ? name.slice(NODE_USER.length) : undefined;
