import type { Forwarding } from '@steersman/endpoints';
import type { Key } from '@steersman/types';

/** What makes this node forward. */
export interface Dataplane extends AsyncDisposable {
  /**
   * Makes it so for the Services named, all at once, and leaves the others as they are. The first call names all Services there
   * are, so that what an earlier process left for others goes. After a failure it has to be called again with the same.
   */
  apply(changed: ReadonlyMap<Key, readonly Forwarding[]>, signal: AbortSignal): Promise<void>;
  /** Makes the next `apply` compare everything with what the kernel holds. */
  doubt(): void;
}
