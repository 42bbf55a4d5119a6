import type { Attributes, Authorizer } from './attributes.ts';
import { NODE_RULES } from './bootstrap/node-rules.ts';
import { compileRule } from './rbac/policy-rule.ts';
import { nodeNameOf } from './user.ts';

const NODE_LEASES = 'kube-node-lease';

/** Resources that a node reads only where one of its pods refers to them. */
export type ReferredResource = 'configmaps' | 'secrets' | 'serviceaccounts' | 'persistentvolumeclaims' | 'persistentvolumes';

/** What a node's rights depend on: which pods it runs, and what those refer to. */
export interface NodeGraph {
  /** Whether the pod is bound to the node. */
  runsPod(nodeName: string, namespace: string, podName: string): boolean;
  /** Whether a pod that is bound to the node refers to the object. */
  refersTo(
    nodeName: string,
    reference: { readonly resource: ReferredResource; readonly namespace: string; readonly name: string },
  ): boolean;
}

type Check = (attributes: Attributes, nodeName: string, graph: NodeGraph) => boolean;

const READS = ['get', 'list', 'watch'];
const OWN = ['get', 'update', 'patch', 'delete'];

/** Single objects that pods of the node refer to. */
const referred =
  (resource: ReferredResource, verbs: readonly string[]): Check =>
  ({ verb, subresource, namespace, name }, nodeName, graph) =>
    subresource === '' && verbs.includes(verb) && name !== '' && graph.refersTo(nodeName, { resource, namespace, name });

/** Reads of single objects whose name is the node's. On create the name stands in the body: NodeRestriction looks at it. */
const ownByName: Check = ({ verb, subresource, name }, nodeName) =>
  subresource === '' && (verb === 'create' || (OWN.includes(verb) && name === nodeName));

/** What is narrower for a node than NODE_RULES say. Writes are narrowed further by NodeRestriction, which sees the objects. */
const NARROWED: Readonly<Record<string, Check>> = {
  secrets: referred('secrets', READS),
  configmaps: referred('configmaps', READS),
  persistentvolumeclaims: referred('persistentvolumeclaims', ['get']),
  persistentvolumes: referred('persistentvolumes', ['get']),
  serviceaccounts: ({ verb, subresource, namespace, name }, nodeName, graph) =>
    name !== '' &&
    ((verb === 'create' && subresource === 'token') || (verb === 'get' && subresource === '')) &&
    graph.refersTo(nodeName, { resource: 'serviceaccounts', namespace, name }),
  nodes: ({ verb, name }, nodeName) => !READS.includes(verb) || name === nodeName,
  pods: ({ verb, subresource, namespace, name, fields }, nodeName, graph) =>
    subresource === 'eviction'
      ? graph.runsPod(nodeName, namespace, name)
      : !READS.includes(verb) || fields?.['spec.nodeName'] === nodeName || (name !== '' && graph.runsPod(nodeName, namespace, name)),
  'leases.coordination.k8s.io': (attributes, nodeName, graph) =>
    attributes.namespace === NODE_LEASES && ownByName(attributes, nodeName, graph),
  'csinodes.storage.k8s.io': ownByName,
};

/** A node changes itself, its lease and its pods, and reads what its pods refer to; nothing of any other node. */
export function createNodeAuthorizer(graph: NodeGraph): Authorizer {
  const rules = NODE_RULES.map(compileRule);
  return {
    allows(attributes) {
      const nodeName = nodeNameOf(attributes.user);
      if (nodeName === undefined || !rules.some(rule => rule.allows(attributes))) return false;
      const { group, resource } = attributes;
      const name = group ? `${resource}.${group}` : resource;
      return (Object.hasOwn(NARROWED, name) ? NARROWED[name]?.(attributes, nodeName, graph) : undefined) ?? true;
    },
  };
}
