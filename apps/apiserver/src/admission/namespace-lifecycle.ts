import { StatusError } from '@steersman/status';
import { namespaceKind } from '@steersman/types';
import type { Lookup } from '../lookup.ts';
import type { AdmissionRule } from '../machine/admission.ts';
import { notFound, refused } from '../machine/errors.ts';

/** Namespaces every cluster has; see bootstrap.ts. */
export const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

/** Nothing is created outside a namespace, or in one that is going away; those of the system stay. `current` knows all that is stored. */
export const namespaceLifecycle = (current: Lookup): AdmissionRule => ({
  async admit({ operation, kind, subresource, namespace, object }) {
    if (operation === 'delete') {
      if (kind !== namespaceKind || !SYSTEM_NAMESPACES.some(name => name === object.metadata.name)) return;
      throw refused(kind, object.metadata.name, 'this namespace may not be deleted');
    }
    // What is asked of an object that is there, such as its eviction or a token, adds nothing to the namespace.
    if (operation !== 'create' || subresource !== '' || kind.scope !== 'Namespaced') return;
    const found = await current(namespaceKind, '', namespace);
    if (!found) throw notFound(namespaceKind, namespace);
    if (!found.deletionTimestamp) return;
    const { message, details } = refused(
      kind,
      object.metadata.name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
    throw new StatusError('Forbidden', message, { details: { ...details, causes } });
  },
});
