import type { Pod } from '@steersman/types';

/** On pods by which a kubelet shows what it runs from a file: their specs are the file's, and nobody may change them. */
export const MIRROR = 'kubernetes.io/config.mirror';

export const isMirror = ({ metadata }: Pod): boolean => metadata.annotations?.[MIRROR] !== undefined;
