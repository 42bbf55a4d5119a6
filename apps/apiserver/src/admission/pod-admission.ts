import type { Store } from '@steersman/store';
import { type Pod, podKind, serviceAccountKind, type Toleration } from '@steersman/types';
import type { AdmissionRule } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';
import { storeKey } from '../machine/selection.ts';

const DEFAULT_ACCOUNT = 'default';
/** How long a pod stays on a node that is not ready or cannot be reached. */
const TOLERATION_SECONDS = 300;
const NODE_TROUBLE = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Every pod has an account, a priority, and patience with its node. */
export const podAdmission = (store: Store): AdmissionRule => ({
  async admit({ operation, kind, namespace, object }) {
    if (kind !== podKind || operation !== 'create') return;
    const { spec, metadata } = object as Pod; // the kind says so
    spec.serviceAccountName ||= DEFAULT_ACCOUNT;
    spec.serviceAccount = spec.serviceAccountName;
    if (
      spec.serviceAccountName !== DEFAULT_ACCOUNT &&
      !(await store.get(storeKey(serviceAccountKind, namespace, spec.serviceAccountName)))
    ) {
      throw refused(
        podKind,
        metadata.name,
        `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`,
      );
    }
    spec.priority ??= 0;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
    const missing = NODE_TROUBLE.filter(key => !(spec.tolerations ?? []).some(toleration => tolerates(toleration, key)));
    if (missing.length > 0) {
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        ...missing.map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS })),
      ];
    }
  },
});

const tolerates = ({ key, effect }: Toleration, taint: string): boolean => (!key || key === taint) && (!effect || effect === 'NoExecute');
