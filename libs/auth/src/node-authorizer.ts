import type { Attributes, Authorizer } from './attributes.ts';
import { type Rule, ruleAllows } from './rules.ts';

const NODE_USER = 'system:node:';
const NODE_GROUP = 'system:nodes';
const NODE_LEASES = 'kube-node-lease';

/** What a node's rights depend on: which pods it runs, and what those refer to. */
export interface NodeGraph {
  /** Whether the pod is bound to the node. */
  runsPod(nodeName: string, namespace: string, podName: string): boolean;
  /** Whether a pod that is bound to the node refers to the object. */
  refersTo(
    nodeName: string,
    reference: { readonly resource: 'configmaps' | 'secrets'; readonly namespace: string; readonly name: string },
  ): boolean;
}

/** Rights that need no look at the node's pods. */
const RULES: readonly Rule[] = [
  { verbs: ['create', 'patch', 'update', 'get'], groups: [''], resources: ['events'] },
  { verbs: ['get', 'list', 'watch'], groups: [''], resources: ['services', 'nodes', 'pods'] },
  { verbs: ['create'], groups: [''], resources: ['nodes'] },
  { verbs: ['get', 'list', 'watch'], groups: [''], resources: ['namespaces'] },
];

const OWN_WRITES = ['get', 'create', 'update', 'patch', 'delete'];

/** A node changes itself, its lease and its pods, and reads what its pods refer to; nothing of any other node. */
export function createNodeAuthorizer(graph: NodeGraph): Authorizer {
  return {
    allows(attributes) {
      const { user } = attributes;
      if (!user.groups.includes(NODE_GROUP) || !user.name.startsWith(NODE_USER)) return false;
      const nodeName = user.name.slice(NODE_USER.length);
      return RULES.some(rule => ruleAllows(rule, attributes)) || allowsOwn(attributes, nodeName, graph);
    },
  };
}

function allowsOwn({ verb, group, resource, subresource, namespace, name }: Attributes, nodeName: string, graph: NodeGraph): boolean {
  if (group === 'coordination.k8s.io')
    // A create names its object in the body only.
    return (
      resource === 'leases' && namespace === NODE_LEASES && OWN_WRITES.includes(verb) && (name === nodeName || (verb === 'create' && name === ''))
    );
  if (group !== '') return false;
  switch (resource) {
    case 'nodes':
      return (subresource === '' || subresource === 'status') && ['update', 'patch'].includes(verb) && name === nodeName;
    case 'pods':
      if (!['', 'status'].includes(subresource)) return false;
      return (
        (verb === 'delete' || (subresource === 'status' && ['update', 'patch'].includes(verb))) && graph.runsPod(nodeName, namespace, name)
      );
    case 'configmaps':
    case 'secrets':
      return ['get', 'list', 'watch'].includes(verb) && name !== '' && graph.refersTo(nodeName, { resource, namespace, name });
    default:
      return false;
  }
}
