import type { PolicyRule } from '@steersman/types';

/*
 * Rows of the tables of roles. Groups and resources are words in one text: the tables are read and compared by people.
 */

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';

const words = (text: string): string[] => text.split(' ');

/** The core group is written as `core`. */
const groups = (text: string): string[] => words(text).map(group => (group === 'core' ? '' : group));

export const on = (apiGroups: string, resources: string, verbs: string, resourceNames?: string): PolicyRule => ({
  apiGroups: groups(apiGroups),
  resources: words(resources),
  ...(resourceNames !== undefined && { resourceNames: words(resourceNames) }),
  verbs: words(verbs),
});

export const paths = (nonResourceURLs: string): PolicyRule => ({ nonResourceURLs: words(nonResourceURLs), verbs: ['get'] });

export const EVENTS: PolicyRule = on('core events.k8s.io', 'events', 'create patch update');

/** A role every cluster has. */
export interface BootstrapRole {
  readonly name: string;
  /** '' for a ClusterRole. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
  /** Its rules go into `admin`, `edit` or `view` too. */
  readonly aggregateTo?: 'admin' | 'edit' | 'view';
  /** It collects the rules of the roles that are aggregated to this. */
  readonly aggregates?: 'admin' | 'edit' | 'view';
}

export interface BootstrapBinding {
  readonly name: string;
  readonly namespace?: string;
  readonly role: string;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** namespace/name */
  readonly accounts?: readonly string[];
}
