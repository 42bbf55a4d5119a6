import { age } from './human-duration.ts';
import type { Column } from './kind.ts';
import type { ApiObject } from './meta.ts';

/** Every kind has it; a kind that lists it says where it stands. */
export const ageColumn: Column<ApiObject> = {
  name: 'Age',
  description: 'Time since the object was created.',
  value: ({ metadata }, { now }) => age(metadata.creationTimestamp, now),
};
