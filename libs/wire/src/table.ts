import { ageColumn, type ApiObject, type Column, type Kind } from '@steersman/types';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

const nameColumn: Column<ApiObject> = {
  name: 'Name',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  value: ({ metadata }) => metadata.name,
};

/** All columns of a kind in their order; see `Column`. */
export function columnsOf({ columns }: Kind): readonly Column<ApiObject>[] {
  const has = (name: string): boolean => columns.some(column => column.name === name);
  if (has('Name')) return columns;
  if (has('Age')) return [nameColumn, ...columns];
  const wide = columns.findIndex(({ priority }) => priority === 1);
  const split = wide < 0 ? columns.length : wide;
  return [nameColumn, ...columns.slice(0, split), ageColumn, ...columns.slice(split)];
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** `columnDefinitions` of a meta.k8s.io Table. */
export const columnDefinitions = (kind: Kind): readonly ColumnDefinition[] =>
  columnsOf(kind).map(({ name, type = 'string', format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));

/** One row; what it carries of the object is up to `includeObject`. */
export function tableRow(
  kind: Kind,
  object: ApiObject,
  { now, includeObject }: { readonly now: Date; readonly includeObject: IncludeObject },
): object {
  const cells = columnsOf(kind).map(column => column.value(object, { now }));
  return { cells, ...(includeObject !== 'None' && { object: includeObject === 'Object' ? object : partialMetadata(object) }) };
}

/** metav1.PartialObjectMetadata. */
export const partialMetadata = ({ metadata }: ApiObject): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});
