import type { RpcMethod } from '@steersman/rpc';
import type { CriOptions } from './cri.ts';

/** One rpc of a runtime. */
export type Call = <Req, Res>(method: RpcMethod<Req, Res>, request: Req, options?: CriOptions) => Promise<Res>;

/** Gives a call that may rightly take `seconds` that much more time than others have; 0 seconds means no limit. */
export const lasting = (seconds: number, options: CriOptions = {}): CriOptions => ({
  timeoutMs: seconds === 0 ? Infinity : seconds * 1000 + CALL_MS,
  ...options,
});

/** A runtime that answers nothing for this long is stuck; upstream's --runtime-request-timeout. */
export const CALL_MS = 120_000;
