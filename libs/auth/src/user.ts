/** Who asks. Groups include system:authenticated or system:unauthenticated. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** A verified client certificate: its common name is the user, its organizations are the groups. */
export const userOfCertificate = ({
  commonName,
  organizations,
}: {
  readonly commonName: string;
  readonly organizations: readonly string[];
}): User => ({
  name: commonName,
  groups: [...organizations, 'system:authenticated'],
});
