import { type Container, milliValue, quantityValue } from '@steersman/types';

export interface NodeAllocatable {
  readonly cpu: string;
  readonly memory: string;
  readonly 'ephemeral-storage'?: string;
}

/** The value of a `resourceFieldRef`, in units of its divisor, rounded up; limits not set are the node's. Undefined for a resource there is none of. */
export function resourceValue(
  { resources }: Container,
  { resource, divisor = '1' }: { readonly resource: string; readonly divisor?: string },
  allocatable: NodeAllocatable,
): string | undefined {
  const [, kind, name = ''] = /^(limits|requests)\.(.+)$/.exec(resource) ?? [];
  const own = kind === 'limits' ? resources?.limits?.[name] : resources?.requests?.[name];
  const fallback = kind === 'limits' ? (allocatable as unknown as Readonly<Record<string, string>>)[name] : undefined;
  if (kind === undefined) return undefined;
  const quantity = own ?? fallback ?? '0';
  const by = divisor === '0' ? '1' : divisor;
  if (name === 'cpu') return String(Math.ceil(milliValue(quantity) / milliValue(by)));
  return String(Math.ceil(quantityValue(quantity) / quantityValue(by)));
}
