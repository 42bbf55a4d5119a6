import { StatusError } from '@steersman/status';
import { parse as parseYaml } from 'yaml';
import { decodeProtobuf } from './protobuf.ts';

export const MEDIA = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;

export interface BodyInput {
  readonly body: Uint8Array;
  /** The header as it came; absent is JSON, as kubectl 1.20 leaves it out. */
  readonly contentType: string | undefined;
  /** What the body should be, such as V1Pod. */
  readonly schema: string;
}

/** A body as plain JSON. Throws BadRequest, or UnsupportedMediaType. */
export function decodeBody({ body, contentType = '', schema }: BodyInput): unknown {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === MEDIA.json || type === '*/*') return parseJson(body);
  if (type === MEDIA.yaml) return readYaml(body);
  if (type === MEDIA.protobuf) return decodeProtobuf(body, schema);
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${Object.values(MEDIA).join(', ')}`,
  );
}

const decoder = new TextDecoder();
const toText = (body: Uint8Array): string => decoder.decode(body);

export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(toText(body));
  } catch (err) {
    throw new StatusError('BadRequest', `couldn't get version/kind; json parse error: ${err instanceof Error ? err.message : String(err)}`);
  }
}

export function readYaml(body: Uint8Array): unknown {
  try {
    // Aliases can blow a small text up beyond any limit.
    return parseYaml(toText(body), { maxAliasCount: 100 });
  } catch (err) {
    throw new StatusError('BadRequest', `yaml parse error: ${err instanceof Error ? err.message : String(err)}`);
  }
}
