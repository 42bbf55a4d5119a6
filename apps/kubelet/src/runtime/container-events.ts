import { Channel, loadService, type RpcMethod, socketCredentials } from '@steersman/rpc';

/** Containerd's namespace for what it makes for CRI. */
const FILTER = 'namespace==k8s.io,topic~="^/tasks/(exit|oom)$"';

interface Envelope {
  readonly topic: string;
  readonly event: { readonly value: Buffer } | null;
}

interface EventMethods {
  readonly Subscribe: RpcMethod<{ readonly filters: readonly string[] }, Envelope>;
}

/**
 * Ids of containers as they end, from containerd's own event stream: CRI has none that this release of containerd serves.
 * Ends with the connection; other runtimes fail at once with MethodNotAllowed.
 */
export async function* containerExits(endpoint: string, signal: AbortSignal): AsyncGenerator<string> {
  const { methods } = loadService<EventMethods>(
    'third_party/containerd/services/events/v1/events.proto',
    'containerd.services.events.v1.Events',
  );
  using channel = new Channel({ address: endpoint, credentials: socketCredentials(), options: { 'grpc.keepalive_time_ms': 2 ** 31 - 1 } });
  for await (const { event } of channel.serverStream(methods.Subscribe, { filters: [FILTER] }, { signal })) {
    const { containerId, processId } = taskEvent(event?.value ?? Buffer.alloc(0));
    if (containerId && (processId === undefined || processId === containerId)) yield containerId;
  }
}

/**
 * The first two fields of TaskExit: container_id = 1 and id = 2, of the process; TaskOOM has the first only. Anything else
 * that ends in a container was an exec's.
 */
function taskEvent(message: Buffer): { readonly containerId?: string; readonly processId?: string } {
  const container = text(message, 0, 1);
  const process = container && text(message, container.end, 2);
  return { ...(container && { containerId: container.value }), ...(process && { processId: process.value }) };
}

const SHORT = 0x80; // one byte of length: ids are 64 characters
const LENGTH_DELIMITED = 2;

function text(message: Buffer, at: number, field: number): { readonly value: string; readonly end: number } | undefined {
  const length = message[at + 1];
  if (message[at] !== ((field << 3) | LENGTH_DELIMITED) || length === undefined || length >= SHORT) return undefined;
  const end = at + 2 + length;
  return { value: message.toString('utf8', at + 2, end), end };
}
