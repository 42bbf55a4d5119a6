import type { FieldError } from './field-error.ts';
import type { ApiObject } from './meta.ts';

/** What the strategy functions may know besides the objects. */
export interface WriteContext {
  readonly now: Date;
}

/**
 * One column of `kubectl get`. Name comes first, and Age between the columns that always show and the wide ones, unless the
 * kind lists Age itself; a kind that lists Name places both.
 */
export interface Column<T> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 always shows, 1 only with `-o wide`. */
  readonly priority?: 0 | 1;
  value(obj: T, context: { readonly now: Date }): string | number | boolean | null;
}

/** autoscaling/v1 Scale, as far as `kubectl scale` and autoscalers use it. */
export interface Scale extends ApiObject {
  spec?: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** Where a connect request (log, exec, attach, port-forward) goes: a path of the kubelet's HTTPS server on that node. */
export interface NodeTarget {
  readonly nodeName: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * What hangs below an object. `status` needs no code: a status write keeps everything else of the stored object,
 * and any other write keeps the stored status.
 */
export type Subresource<T> =
  | { readonly name: 'status' }
  | {
      readonly name: 'scale';
      read(obj: T): Scale;
      /** Changes `draft` in place. */
      write(draft: T, scale: Scale): void;
    }
  | {
      /** A POST that changes the object and is answered with a Status, such as `binding`. */
      readonly name: string;
      readonly action: {
        readonly group: string;
        readonly version: string;
        readonly kind: string;
        /** Name of the body's type in the generated schemas. */
        readonly schema: string;
        /** Changes `draft` in place, or throws a StatusError. */
        apply(draft: T, body: ApiObject, context: WriteContext): void;
      };
    }
  | {
      /** A POST that is answered with its body filled in, such as `token`, or with a Status, such as `eviction`; the object itself stays as it is. */
      readonly name: string;
      readonly answer: {
        readonly group: string;
        readonly version: string;
        readonly kind: string;
        /** Name of the body's type in the generated schemas. */
        readonly schema: string;
        /** Versions that were the same, whose bodies old clients still send. */
        readonly formerVersions?: readonly string[];
      };
    }
  | {
      /** A write of the whole object of which only one part counts, such as `finalize`. */
      readonly name: string;
      readonly part: {
        /** Changes `draft`, the stored object, in place. */
        apply(draft: T, body: T): void;
        /** Whether it takes nothing but an update; others are read and patched too. */
        readonly updateOnly?: boolean;
        /** In place of the checks of a status. */
        validate?(draft: T, prev: T): readonly FieldError[];
      };
    }
  | {
      /** A stream to the object's node. */
      readonly name: string;
      readonly connect: {
        readonly methods: readonly ('GET' | 'POST')[];
        /** Name of the options type in OpenAPI and discovery, such as PodExecOptions. */
        readonly kind: string;
        /** Throws a StatusError when the object cannot be connected to (no node, unknown container). */
        target(obj: T, query: URLSearchParams): NodeTarget;
      };
    };

/** The type of a function that reads a field as text, taken from a method so that Kind<Pod> is a Kind<ApiObject>. */
interface FieldReader<T> {
  read(obj: T): string;
}

/** Everything the system knows about one kind. Methods, not function fields, so that Kind<Pod> is a Kind<ApiObject>. */
export interface Kind<T extends ApiObject = ApiObject> {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  /** `all` puts the kind into `kubectl get all`. */
  readonly categories?: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** What names must be; Subdomain (RFC 1123) unless told. */
  readonly names?: 'Subdomain' | 'Label' | 'Dns1035Label' | 'PathSegment' | 'IpAddress';
  /** Name of its type in the generated schemas, such as `V1Pod`. */
  readonly schema: string;
  /** A question: a create is answered with the object filled in, and nothing is stored that one could get, list or delete. */
  readonly virtual?: boolean;
  readonly subresources?: readonly Subresource<T>[];
  readonly columns: readonly Column<T>[];
  /** Field selectors besides metadata.name and metadata.namespace, by field path. They are indexed. */
  readonly selectableFields?: Readonly<Record<string, FieldReader<T>['read']>>;
  /** Whether spec changes move metadata.generation; true when there is a status subresource, unless told. */
  readonly generation?: boolean;
  /** Whether deletion waits for an agent to finish: what seconds to grant when the client names none. 0 deletes at once. */
  gracePeriodSeconds?(obj: T): number;

  /** Upstream's defaults, in place. Idempotent: also run on the result of every patch and update. */
  defaults?(draft: T): void;
  /** Drops what a client may not set on create, in place; runs before validation. */
  prepareForCreate?(draft: T, context: WriteContext): void;
  /** Same for updates of the main resource; metadata and status are already those that may change. */
  prepareForUpdate?(draft: T, prev: T, context: WriteContext): void;
  /** Faults of the object itself; metadata is checked by generic code. */
  validate?(next: T): readonly FieldError[];
  /** Faults of the change (immutable fields), besides those of `validate`. */
  validateUpdate?(next: T, prev: T): readonly FieldError[];
  /** What besides metadata.finalizers must be empty before a deleted object goes. */
  pendingFinalizers?(obj: T): readonly string[];
  /** Shows, in place, that deletion has begun; metadata.deletionTimestamp is set. */
  prepareForDeletion?(draft: T): void;
  /** Faults of a status write. */
  validateStatus?(next: T, prev: T): readonly FieldError[];
}

/** Identity function: exists so that T is inferred once and checked in every field. */
export const defineKind = <T extends ApiObject>(kind: Kind<T>): Kind<T> => kind;

export const groupVersion = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group ? `${group}/${version}` : version;
