import { type Pod, podKind } from '@steersman/types';
import type { AdmissionRule } from '../machine/admission.ts';

/** Every pod has a priority. */
export const priorityRule: AdmissionRule = {
  admit({ operation, kind, subresource, object }) {
    if (kind !== podKind || operation !== 'create' || subresource !== '') return;
    const { spec } = object as Pod; // the kind says so
    spec.priority ??= 0;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
  },
};
