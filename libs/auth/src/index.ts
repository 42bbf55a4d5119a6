export { forbidden } from './attributes.ts';
export type { Attributes, Authorizer } from './attributes.ts';
export { createAuthorizer } from './authorizer.ts';
export type { NodeGraph } from './node-authorizer.ts';
export { ANONYMOUS, userOfCertificate } from './user.ts';
export type { User } from './user.ts';
