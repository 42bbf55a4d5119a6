import { mkdir } from 'node:fs/promises';
import { isReason, StatusError } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import { type Pod, runtimeClassKind } from '@steersman/types';
import { podLogFolder, sandboxConfig } from '../runtime/sandbox-config.ts';
import { messageOf } from '../start-error.ts';
import type { PodContext } from './pod-context.ts';
import type { PodEvents } from './pod-events.ts';

export interface SandboxDeps {
  readonly context: PodContext;
  readonly events: PodEvents;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export async function createSandbox(pod: Pod, attempt: number, deps: SandboxDeps): Promise<void> {
  const { context, events, log, signal } = deps;
  await mkdir(podLogFolder(pod, context.sandbox.podLogDir), { recursive: true });
  using _ = await context.starts.take(signal);
  try {
    const handler = await handlerOf(pod, deps);
    const id = await context.cri.runPodSandbox(sandboxConfig(pod, attempt, context.sandbox), handler);
    log.info('sandbox created', { sandbox: id, attempt });
  } catch (err) {
    if (!isReason(err, 'ServiceUnavailable')) {
      events.warning('FailedCreatePodSandBox', `Failed to create pod sandbox: rpc error: code = Unknown desc = ${messageOf(err)}`);
    }
    throw err;
  }
}

/** The handler the pod's RuntimeClass names; the runtime's default for a pod that has none. */
async function handlerOf({ spec: { runtimeClassName: name } }: Pod, { context, signal }: SandboxDeps): Promise<string> {
  if (!name) return '';
  try {
    return (await context.client.of(runtimeClassKind).get({ name }, { signal })).handler;
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
    throw new StatusError('NotFound', `RuntimeClass "${name}" not found`, { cause: err });
  }
}
