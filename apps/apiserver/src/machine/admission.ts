import type { User } from '@steersman/auth';
import type { Compare, Transaction } from '@steersman/store';
import type { ApiObject, Kind } from '@steersman/types';

/** A write on its way to the store. */
export interface AdmittedWrite {
  readonly operation: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  readonly subresource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  /** What will be stored; what is deleted; the question of a subresource that is answered. May be changed in place on create and update. */
  readonly object: ApiObject;
  /** What is stored now; undefined on create. */
  readonly prev: ApiObject | undefined;
  readonly user: User;
}

/** What rides along in the transaction of a write. */
export interface Companions {
  readonly compares: readonly Compare[];
  readonly internal: NonNullable<Transaction['internal']>;
  /** Called once when the write is through, whatever became of it. */
  release?(): void;
}

/** One rule about writes that is not the kind's own: it looks at other objects, or at who asks. */
export interface AdmissionRule {
  /** Fills in, or throws a StatusError to refuse. Runs before validation. */
  admit?(write: AdmittedWrite): void | Promise<void>;
  /** Claims or frees what must change in the same transaction. Runs after validation; again when the claim was lost to another. */
  companions?(write: AdmittedWrite): Companions | undefined | Promise<Companions | undefined>;
}

export class Admission {
  readonly #rules: readonly AdmissionRule[];

  constructor(rules: readonly AdmissionRule[]) {
    this.#rules = rules;
  }

  async admit(write: AdmittedWrite): Promise<void> {
    for (const rule of this.#rules) await rule.admit?.(write);
  }

  /** Stores a write with what its rules let ride along. */
  async commit<T>(write: AdmittedWrite, store: (companions: Companions) => Promise<T>): Promise<T> {
    const found: Companions[] = [];
    try {
      for (const rule of this.#rules) {
        const companions = await rule.companions?.(write);
        if (companions) found.push(companions);
      }
      return await store({ compares: found.flatMap(({ compares }) => compares), internal: found.flatMap(({ internal }) => internal) });
    } finally {
      for (const companions of found) companions.release?.();
    }
  }
}
