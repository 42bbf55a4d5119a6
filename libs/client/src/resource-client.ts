import { type ApiObject, groupVersion, type Kind, type New } from '@steersman/types';
import type { ObjectRef, ResourceClient, WatchEvent } from './client.ts';
import type { Request, Transport } from './wire.ts';

interface ListBody<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** The API of one kind over any transport. */
export function resourceClient<T extends ApiObject>(kind: Kind<T>, transport: Transport): ResourceClient<T> {
  const { group, version, plural } = kind;
  const resource = { group, version, resource: plural, subresource: '' };
  const typed = (object: T | New<T>): object => ({ apiVersion: groupVersion(kind), kind: kind.kind, ...object });

  // The decoding edge: what the server answers for this resource is a T.
  const call = (request: Omit<Request, 'resource'> & { readonly subresource?: string | undefined }, signal?: AbortSignal): Promise<T> => {
    const { subresource = '', ...rest } = request;
    return transport.call({ ...rest, resource: { ...resource, subresource } }, signal) as Promise<T>;
  };

  const update: ResourceClient<T>['update'] = (object, { signal, subresource } = {}) =>
    call({ verb: 'update', subresource, ...refOf(object), body: typed(object) }, signal);

  return {
    get: ({ namespace, name }, { signal } = {}) => call({ verb: 'get', namespace, name }, signal),
    async list({ signal, namespace, ...options } = {}) {
      const body = (await transport.call({ verb: 'list', resource, namespace, options: texts(options) }, signal)) as ListBody<T>;
      return {
        items: body.items ?? [],
        resourceVersion: body.metadata?.resourceVersion ?? '',
        continue: body.metadata?.continue || undefined,
      };
    },
    create: (object, { signal } = {}) => call({ verb: 'create', ...refOf(object), body: typed(object) }, signal),
    update,
    updateStatus: (object, options) => update(object, { ...options, subresource: 'status' }),
    patch: ({ namespace, name }, patch, { signal, type, subresource }) =>
      call({ verb: 'patch', subresource, namespace, name, body: patch, contentType: type }, signal),
    async delete({ namespace, name }, { signal, ...options } = {}) {
      await call({ verb: 'delete', namespace, name, body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } }, signal);
    },
    async post({ namespace, name }, subresource, body, { signal } = {}) {
      return await call({ verb: 'create', subresource, namespace, name, body }, signal);
    },
    watch: ({ namespace, signal, sendInitialEvents, ...options }) =>
      transport.watch(
        {
          resource,
          namespace,
          options: {
            ...texts(options),
            allowWatchBookmarks: 'true',
            ...(sendInitialEvents && { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }),
          },
        },
        signal,
      ) as AsyncIterable<WatchEvent<T>>,
  };
}

const refOf = ({
  metadata: { namespace, name },
}: {
  readonly metadata: { namespace?: string | undefined; name?: string | undefined };
}): Partial<ObjectRef> => ({
  namespace,
  ...(name !== undefined && { name }),
});

/** Query parameters as text; absent ones are left out. */
const texts = (options: object): Record<string, string> =>
  Object.fromEntries(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
