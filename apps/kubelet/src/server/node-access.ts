import type { Client } from '@steersman/client';
import { subjectAccessReviewKind } from '@steersman/types';
import type { NodeCall } from './server-deps.ts';

export interface NodeAccessDeps {
  readonly client: Client;
  readonly nodeName: string;
  readonly signal: AbortSignal;
}

/** Whether the API lets a caller do something with a subresource of this node. */
export const nodeAccess =
  ({ client, nodeName, signal }: NodeAccessDeps) =>
  async ({ user, groups, verb, subresource }: NodeCall): Promise<boolean> => {
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName };
    const spec = { user, groups: [...groups], resourceAttributes };
    const { status } = await client.of(subjectAccessReviewKind).create({ metadata: { name: '' }, spec }, { signal });
    return status?.allowed === true;
  };
