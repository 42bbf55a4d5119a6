export { parseFieldSelector } from './field-selector.ts';
export type { FieldSelector } from './field-selector.ts';
export { LabelSelector, labelSelectorFrom, parseLabelSelector } from './label-selector.ts';
export type { LabelOperator, LabelRequirement, Labels, LabelSelectorSpec } from './label-selector.ts';
export { checkDns1035Label, checkLabelName, checkLabelValue, checkQualifiedName, checkSubdomain } from './names.ts';
