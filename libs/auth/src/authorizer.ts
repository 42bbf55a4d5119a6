import type { Authorizer } from './attributes.ts';
import { createNodeAuthorizer, type NodeGraph } from './node-authorizer.ts';
import { isMaster } from './user.ts';

export interface AuthorizerDeps {
  readonly graph: NodeGraph;
  readonly rbac: Authorizer;
}

/** The masters, the node authorizer and the roles; what none of them allows is refused. */
export function createAuthorizer({ graph, rbac }: AuthorizerDeps): Authorizer {
  const nodes = createNodeAuthorizer(graph);
  return { allows: attributes => isMaster(attributes.user) || nodes.allows(attributes) || rbac.allows(attributes) };
}
