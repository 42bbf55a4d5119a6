import { type LabelOperator, type LabelRequirement, LabelSelector, labelSelectorFrom } from '@steersman/labels';
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from '@steersman/types';

export interface NodeFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NodeChoice {
  /** Node selector and required affinity. */
  allows(node: NodeFacts): boolean;
  /** Sum of the weights of the preferences the node meets. */
  preference(node: NodeFacts): number;
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'In',
  NotIn: 'NotIn',
  Exists: 'Exists',
  DoesNotExist: 'DoesNotExist',
  Gt: 'GreaterThan',
  Lt: 'LessThan',
};

/** Compiles what the pod says about its node, so that nodes are judged without reading the specification again. */
export function nodeChoice({ nodeSelector, affinity }: PodSpec): NodeChoice {
  const selector = labelSelectorFrom({ matchLabels: nodeSelector ?? {} });
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.map(compile);
  const preferred = (affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, preference }) => ({
    weight,
    matches: compile(preference),
  }));
  return {
    allows: node => selector.matches(node.labels) && (required?.some(matches => matches(node)) ?? true),
    preference: node => preferred.reduce((sum, { weight, matches }) => sum + (matches(node) ? weight : 0), 0),
  };
}

/** A term without requirements matches no node, as upstream has it. */
function compile({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm): (node: NodeFacts) => boolean {
  if (matchExpressions.length + matchFields.length === 0) return () => false;
  const labels = new LabelSelector(matchExpressions.flatMap(requirement));
  const fields = new LabelSelector(matchFields.flatMap(requirement));
  const unknown = [...matchExpressions, ...matchFields].some(({ operator }) => OPERATORS[operator] === undefined);
  return node => !unknown && labels.matches(node.labels) && fields.matches({ 'metadata.name': node.name });
}

function requirement({ key, operator, values = [] }: NodeSelectorRequirement): readonly LabelRequirement[] {
  const known = OPERATORS[operator];
  return known ? [{ key, operator: known, values }] : [];
}
