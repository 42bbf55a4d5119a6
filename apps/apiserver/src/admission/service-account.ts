import { type Pod, podKind, type PodSpec, type ServiceAccount, serviceAccountKind } from '@steersman/types';
import { type Lookup, parseShared } from '../lookup.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';
import { mountAccountToken } from './account-token-volume.ts';
import { isMirror } from './mirror-pod.ts';

const DEFAULT_ACCOUNT = 'default';

/** Every pod runs as an account that exists, and pulls its images with the account's secrets. */
export const serviceAccountRule = (lookup: Lookup): AdmissionRule => ({
  async admit({ operation, kind, subresource, namespace, object }) {
    if (kind !== podKind || operation !== 'create' || subresource !== '') return;
    const pod = object as Pod; // the kind says so
    const { spec, metadata } = pod;
    const refuse = (why: string): never => {
      throw refused(podKind, metadata.name, why);
    };
    if (isMirror(pod)) {
      const why = mirrorFault(spec);
      return why === undefined ? undefined : refuse(why);
    }
    spec.serviceAccountName ||= DEFAULT_ACCOUNT;
    spec.serviceAccount = spec.serviceAccountName;
    const name = spec.serviceAccountName;
    const found = await lookup(serviceAccountKind, namespace, name);
    if (!found) return refuse(`error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);
    const account = parseShared<ServiceAccount>(found);
    if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0)
      spec.imagePullSecrets = structuredClone(account.imagePullSecrets ?? []);
    mountAccountToken(pod, account);
  },
});

/** A mirror pod's spec is left alone, so it may not need what is filled in here. */
function mirrorFault({ serviceAccountName, volumes = [] }: PodSpec): string | undefined {
  if (serviceAccountName) return 'a mirror pod may not reference service accounts';
  if (volumes.some(({ secret }) => secret)) return 'a mirror pod may not reference secrets';
  return volumes.some(({ projected }) => projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken))
    ? 'a mirror pod may not use ServiceAccountToken volume projections'
    : undefined;
}
