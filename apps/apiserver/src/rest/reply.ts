import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { toStatusError } from '@steersman/status';
import { currentTrace, formatTraceparent } from '@steersman/telemetry';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** Both have what we use; their overloads differ. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Below this, packing costs more than sending; as upstream. */
const GZIP_FROM_BYTES = 128 * 1024;
/** Of a body, at most this waits for the client to read. */
const STEP_BYTES = 256 * 1024;
const compress = promisify(gzip);

const EMPTY = Buffer.alloc(0);

export interface Reply {
  readonly code: number;
  /** Exactly this: some clients compare it with the bare type. */
  readonly contentType: string;
  readonly body: readonly Buffer[];
  readonly warnings?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 7234: 299 is "miscellaneous persistent warning". */
const warningHeader = (text: string): string => `299 - ${JSON.stringify(text)}`;

/** Every answer says under which trace it is found in the logs. */
export function writeHead(response: HttpResponse, code: number, headers: Readonly<Record<string, string | string[]>>): void {
  const trace = currentTrace();
  const named = trace ? { ...headers, 'audit-id': trace.traceId, traceparent: formatTraceparent(trace) } : headers;
  // All at once: header by header costs twice as much.
  (response.writeHead as (code: number, headers: Readonly<Record<string, string | string[]>>) => unknown).call(response, code, named);
}

/** Both kinds of response have it; the types of HTTP/2 forget it. */
export const flushHeaders = (response: HttpResponse): void => (response as ServerResponse).flushHeaders();

export async function sendReply(
  request: HttpRequest,
  response: HttpResponse,
  { code, contentType, body, warnings = [], headers = {} }: Reply,
): Promise<void> {
  let pieces = body;
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const packs = size > GZIP_FROM_BYTES && String(request.headers['accept-encoding'] ?? '').includes('gzip');
  if (packs) pieces = [await compress(Buffer.concat(pieces), { level: 1 })];
  writeHead(response, code, {
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    'content-length': String(pieces.reduce((sum, { length }) => sum + length, 0)),
    ...(packs && { 'content-encoding': 'gzip' }),
    ...(warnings.length > 0 && { warning: warnings.map(warningHeader) }),
    ...headers,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await writeBody(response, pieces);
}

/** A small body in one write, a large one step by step, as fast as it is read: what waits for the socket is a copy. */
async function writeBody(response: HttpResponse, pieces: readonly Buffer[]): Promise<void> {
  let step: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (bytes > 0 && bytes + piece.length > STEP_BYTES) {
      if (!(response as ServerResponse).write(Buffer.concat(step)) && !(await drained(response))) return;
      step = [];
      bytes = 0;
    }
    step.push(piece);
    bytes += piece.length;
  }
  response.end(step.length === 1 && step[0] ? step[0] : Buffer.concat(step));
}

/** False when the client has gone. */
async function drained(response: HttpResponse): Promise<boolean> {
  if ((response as ServerResponse).destroyed) return false;
  return new Promise(resolve => {
    const end = (isOpen: boolean): void => {
      response.off('drain', onDrain).off('close', onClose);
      resolve(isOpen);
    };
    const onDrain = (): void => end(true);
    const onClose = (): void => end(false);
    response.on('drain', onDrain).on('close', onClose);
  });
}

export const jsonReply = (code: number, value: object, warnings?: readonly string[]): Reply => ({
  code,
  contentType: 'application/json',
  body: [Buffer.from(JSON.stringify(value))],
  warnings,
});

/** Every failure is a metav1.Status. */
export function errorReply(err: unknown): Reply {
  const error = toStatusError(err);
  const retryAfter = error.details?.retryAfterSeconds;
  return {
    ...jsonReply(error.http, error.toStatus()),
    ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
  };
}

/** Throws RequestEntityTooLarge beyond `maxBytes`, before it is all read. */
export async function readBody(request: HttpRequest, maxBytes: number, tooLarge: () => Error): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Events, not an iterator, which costs as much as parsing the body.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.once('end', resolve);
    request.once('error', reject);
    request.once('aborted', () => reject(new DOMException('the client is gone', 'AbortError')));
  });
  return chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks);
}
