import type { Pod } from '@steersman/types';

/** How messages name a pod: `name_namespace(uid)`. */
export const podRef = ({ metadata: { name, namespace = '', uid } }: Pod): string => `${name}_${namespace}(${uid})`;
