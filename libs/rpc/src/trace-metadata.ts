import { Metadata } from '@grpc/grpc-js';
import { currentTrace, formatTraceparent, parseTraceparent, type TraceContext } from '@steersman/telemetry';

/** Name of the W3C header; the same in gRPC metadata as in HTTP. */
const TRACEPARENT = 'traceparent';

/** Metadata of a call that belongs to the current trace, if there is one. */
export function traceMetadata(): Metadata {
  const metadata = new Metadata();
  const trace = currentTrace();
  if (trace) metadata.set(TRACEPARENT, formatTraceparent(trace));
  return metadata;
}

export function traceOf(metadata: Metadata): TraceContext | undefined {
  const [header] = metadata.get(TRACEPARENT);
  return parseTraceparent(typeof header === 'string' ? header : undefined);
}
