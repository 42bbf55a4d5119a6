import type { User } from '@steersman/auth';
import { isReason } from '@steersman/status';
import type { ApiObject, Kind, New } from '@steersman/types';
import type { Handle } from './machine/machine.ts';
import type { ApiAnswer, Verb } from './machine/request.ts';

/** The API server itself. */
export const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

type Wanted = Omit<New<ApiObject>, 'metadata'> & { readonly metadata: { readonly namespace?: string; readonly name: string } };

/** What the API server does to its own objects, through the same door as everybody. */
export interface SystemRequests {
  /** Undefined when it does not exist. */
  find(kind: Kind, object: Wanted): Promise<ApiObject | undefined>;
  create(kind: Kind, object: Wanted): Promise<void>;
  update(kind: Kind, object: Wanted): Promise<void>;
  delete(kind: Kind, object: Wanted): Promise<void>;
  /** Creates what does not exist. What is there stays as it is. */
  ensure(kind: Kind, object: Wanted): Promise<void>;
}

export function systemRequests(handle: Handle, signal: AbortSignal): SystemRequests {
  const request = (kind: Kind, verb: Verb, object: Wanted): Promise<ApiAnswer> =>
    handle({
      user: SYSTEM,
      verb,
      kind,
      subresource: '',
      namespace: object.metadata.namespace ?? '',
      name: verb === 'create' ? '' : object.metadata.name,
      options: new URLSearchParams(),
      body: verb === 'create' || verb === 'update' ? Buffer.from(JSON.stringify(object)) : Buffer.alloc(0),
      contentType: undefined,
      signal,
    });
  const find: SystemRequests['find'] = async (kind, object) => {
    try {
      const answer = await request(kind, 'get', object);
      return answer.type === 'object' ? (JSON.parse(answer.object.body.toString('utf8')) as ApiObject) : undefined;
    } catch (err) {
      if (isReason(err, 'NotFound')) return undefined;
      throw err;
    }
  };
  return {
    find,
    async create(kind, object) {
      await request(kind, 'create', object);
    },
    async update(kind, object) {
      await request(kind, 'update', object);
    },
    async delete(kind, object) {
      await request(kind, 'delete', object);
    },
    async ensure(kind, object) {
      if (await find(kind, object)) return; // a service that is there holds the address it would ask for, and be refused
      try {
        await request(kind, 'create', object);
      } catch (err) {
        if (!isReason(err, 'AlreadyExists')) throw err; // another API server was faster
      }
    },
  };
}
