import { once } from 'node:events';
import { StatusError } from '@steersman/status';
import type { Watcher } from '@steersman/store';
import { EventEncoder, type EncodeContext } from './encode.ts';
import { flushHeaders, type HttpResponse, writeHead } from './reply.ts';

/** Sends the events of a watch until it ends or the client is gone: what is due goes out in one write, and the next is taken when the client has read it. */
export async function streamWatch(
  response: HttpResponse,
  { watcher, context, signal }: { readonly watcher: Watcher; readonly context: EncodeContext; readonly signal: AbortSignal },
): Promise<void> {
  using _ = watcher;
  writeHead(response, 200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  // A client waits for the answer to begin before it reads events.
  flushHeaders(response);
  const encoder = new EventEncoder(context);
  const write = (pieces: readonly Buffer[]): boolean =>
    (response.write as (chunk: Buffer) => boolean).call(response, Buffer.concat(pieces));
  try {
    for (let events = await watcher.next(); events; events = await watcher.next()) {
      if (!write(events.flatMap(event => encoder.encode(event)))) await once(response, 'drain', { signal });
    }
  } catch (err) {
    if (!signal.aborted) throw err;
  }
  if (watcher.end === 'slow' || watcher.end === 'reset')
    write(encoder.error(new StatusError('Expired', 'The resourceVersion for the provided watch is too old.').toStatus()));
  response.end();
}
