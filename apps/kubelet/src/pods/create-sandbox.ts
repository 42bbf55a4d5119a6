import { mkdir } from 'node:fs/promises';
import { isReason } from '@steersman/status';
import type { Logger } from '@steersman/telemetry';
import type { Pod } from '@steersman/types';
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

export async function createSandbox(pod: Pod, attempt: number, { context, events, log, signal }: SandboxDeps): Promise<void> {
  await mkdir(podLogFolder(pod, context.sandbox.podLogDir), { recursive: true });
  using _ = await context.starts.take(signal);
  try {
    const id = await context.cri.runPodSandbox(sandboxConfig(pod, attempt, context.sandbox), handlerOf(pod));
    log.info('sandbox created', { sandbox: id, attempt });
  } catch (err) {
    if (!isReason(err, 'ServiceUnavailable')) {
      events.warning('FailedCreatePodSandBox', `Failed to create pod sandbox: rpc error: code = Unknown desc = ${messageOf(err)}`);
    }
    throw err;
  }
}

/** The runtime's handler of the same name as the pod's RuntimeClass. */
const handlerOf = ({ spec: { runtimeClassName = '' } }: Pod): string => runtimeClassName;
