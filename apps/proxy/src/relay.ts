import type { Clock } from '@steersman/async';
import type { Logger } from '@steersman/telemetry';
import type { BackendPicker } from './backend-picker.ts';
import type { Slots } from './slots.ts';

/** Passes what comes in at one port of this process on to backends. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Takes no new connections; resolves when those under way have ended. */
  retire(): Promise<void>;
}

export interface RelayDeps {
  readonly picker: BackendPicker;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Errors of a process that has no file descriptors left: they pass when a connection ends. */
export const isOutOfFiles = (err: unknown): boolean => ['EMFILE', 'ENFILE'].includes((err as NodeJS.ErrnoException).code ?? '');
