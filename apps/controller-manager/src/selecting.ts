import type { Informer } from '@steersman/client';
import { type LabelSelector, labelSelectorFrom, type LabelSelectorSpec } from '@steersman/labels';
import { type ApiObject, type Key, keyOf } from '@steersman/types';

/** A kind whose spec names what it owns by labels. */
export interface Selecting extends ApiObject {
  readonly spec: { readonly selector: LabelSelectorSpec };
}

export const selectorOf = ({ spec }: Selecting): LabelSelector => labelSelectorFrom(spec.selector);

/** Those of the object's namespace that would have it. */
export const selecting = <T extends Selecting>(owners: Informer<T>, { metadata: { namespace, labels = {} } }: ApiObject): readonly Key[] =>
  owners.list(namespace).flatMap(owner => (selectorOf(owner).matches(labels) ? [keyOf(owner)] : []));
