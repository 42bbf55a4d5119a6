import { bootstrapBindings, bootstrapRoles, completedBinding, completedRole } from '@steersman/auth';
import {
  type ApiObject,
  type ClusterRole,
  type ClusterRoleBinding,
  clusterRoleBindingKind,
  clusterRoleKind,
  jsonEquals,
  type Kind,
  type New,
  roleBindingKind,
  roleKind,
} from '@steersman/types';
import type { SystemRequests } from './system-requests.ts';

type Named<T extends ApiObject> = New<T> & { readonly metadata: { readonly name: string; readonly namespace?: string } };

/** The roles and bindings of every cluster: what is missing of them is added at each start, what was added by others stays. */
export async function bootstrapAccess(requests: SystemRequests): Promise<void> {
  await Promise.all(bootstrapRoles().map(role => completeRole(requests, role as Named<ClusterRole>)));
  await Promise.all(bootstrapBindings().map(binding => completeBinding(requests, binding as Named<ClusterRoleBinding>)));
}

async function completeRole(requests: SystemRequests, wanted: Named<ClusterRole>): Promise<void> {
  const kind: Kind = wanted.metadata.namespace === undefined ? clusterRoleKind : roleKind;
  const stored = (await requests.find(kind, wanted)) as ClusterRole | undefined;
  if (!stored) return requests.ensure(kind, wanted);
  const completed = completedRole(stored, wanted as ClusterRole);
  if (completed) await requests.update(kind, completed);
}

async function completeBinding(requests: SystemRequests, wanted: Named<ClusterRoleBinding>): Promise<void> {
  const kind: Kind = wanted.metadata.namespace === undefined ? clusterRoleBindingKind : roleBindingKind;
  const stored = (await requests.find(kind, wanted)) as ClusterRoleBinding | undefined;
  if (!stored) return requests.ensure(kind, wanted);
  const completed = completedBinding(stored, wanted as ClusterRoleBinding);
  if (!completed) return;
  if (jsonEquals(stored.roleRef, wanted.roleRef)) return requests.update(kind, completed);
  // A binding cannot be pointed at another role.
  await requests.delete(kind, stored);
  await requests.create(kind, wanted);
}
