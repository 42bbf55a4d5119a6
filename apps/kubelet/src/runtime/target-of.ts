import type { Container, EphemeralContainer, Pod } from '@steersman/types';

/** The running container whose processes an ephemeral one is to see: `name` without `id` when it does not run. */
export function targetOf(
  { status }: Pod,
  container: Container | EphemeralContainer,
): { readonly name: string; readonly id?: string } | undefined {
  const name = 'targetContainerName' in container ? container.targetContainerName : undefined;
  if (!name) return undefined;
  const found = status.containerStatuses?.find(candidate => candidate.name === name && candidate.state?.running);
  const id = found?.containerID?.replace(/^\w+:\/\//, '');
  return id ? { name, id } : { name };
}
