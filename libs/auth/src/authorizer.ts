import type { Authorizer } from './attributes.ts';
import { createNodeAuthorizer, type NodeGraph } from './node-authorizer.ts';
import { ruleAllows, RULES } from './rules.ts';

/** Fixed rules and the node authorizer; what neither allows is refused. */
export function createAuthorizer(graph: NodeGraph): Authorizer {
  const nodes = createNodeAuthorizer(graph);
  return {
    allows: attributes =>
      [attributes.user.name, ...attributes.user.groups].some(subject =>
        (Object.hasOwn(RULES, subject) ? RULES[subject] : undefined)?.some(rule => ruleAllows(rule, attributes)),
      ) || nodes.allows(attributes),
  };
}
