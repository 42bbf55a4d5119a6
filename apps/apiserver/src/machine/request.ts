import type { User } from '@steersman/auth';
import type { ListPage, StoredObject, Watcher } from '@steersman/store';
import type { Kind, NodeTarget } from '@steersman/types';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'connect';

/** One request, whatever it came over. */
export interface ApiRequest {
  readonly user: User;
  readonly verb: Verb;
  readonly kind: Kind;
  /** '' for the object itself. */
  readonly subresource: string;
  /** '' is all namespaces, or the scope of the cluster. */
  readonly namespace: string;
  /** '' for collections. */
  readonly name: string;
  /** Query parameters as in REST. */
  readonly options: URLSearchParams;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** Ends the request: the client is gone, or its time is over. */
  readonly signal: AbortSignal;
}

export type ApiAnswer = { readonly warnings?: readonly string[] } & (
  | { readonly type: 'object'; readonly code: 200 | 201 | 202; readonly object: StoredObject }
  /** Not a stored object: a Status, a Scale. */
  | { readonly type: 'json'; readonly code: 200 | 201; readonly value: object }
  | { readonly type: 'list'; readonly page: ListPage }
  | { readonly type: 'watch'; readonly watcher: Watcher }
  /** A stream that goes on at the node. */
  | { readonly type: 'connect'; readonly target: NodeTarget }
);
