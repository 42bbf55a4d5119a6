import { type Pod, podKind, type Toleration } from '@steersman/types';
import type { AdmissionRule } from '../machine/admission.ts';

/** How long a pod stays on a node that is not ready or cannot be reached. */
const TOLERATION_SECONDS = 300;
const NODE_TROUBLE = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Every pod has patience with its node. */
export const defaultTolerations: AdmissionRule = {
  admit({ operation, kind, subresource, object }) {
    if (kind !== podKind || operation === 'delete' || subresource !== '') return;
    const { spec } = object as Pod; // the kind says so
    const missing = NODE_TROUBLE.filter(key => !(spec.tolerations ?? []).some(toleration => tolerates(toleration, key)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...(spec.tolerations ?? []),
      ...missing.map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS })),
    ];
  },
};

const tolerates = ({ key, effect }: Toleration, taint: string): boolean => (!key || key === taint) && (!effect || effect === 'NoExecute');
