import { StatusError } from '@steersman/status';
import { parseDocument } from 'yaml';
import { decodeProtobuf } from './protobuf.ts';
import { duplicateFields } from './scan-json.ts';

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

export interface Body {
  readonly json: unknown;
  /** What a strict reader minds, such as `duplicate field "spec.replicas"`. */
  readonly faults: readonly string[];
}

/** A body as plain JSON. Throws BadRequest, or UnsupportedMediaType. */
export function decodeBody({ body, contentType = '', schema }: BodyInput): Body {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === MEDIA.json || type === '*/*') return readJson(body);
  if (type === MEDIA.yaml) return readYaml(body);
  if (type === MEDIA.protobuf) return { json: decodeProtobuf(body, schema), faults: [] };
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${Object.values(MEDIA).join(', ')}`,
  );
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** JSON without a schema: a patch. */
export const parseJson = (body: Uint8Array): unknown => readJson(body).json;

function readJson(body: Uint8Array): Body {
  const text = decoder.decode(body);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (err) {
    throw new StatusError('BadRequest', `couldn't get version/kind; json parse error: ${messageOf(err)}`, { cause: err });
  }
  return { json, faults: duplicateFields(text).map(path => `duplicate field ${JSON.stringify(path)}`) };
}

/** Aliases can blow a small text up beyond any limit. */
const MAX_ALIASES = 100;
const DUPLICATE = 'DUPLICATE_KEY';

export function readYaml(body: Uint8Array): Body {
  try {
    const document = parseDocument(decoder.decode(body));
    const [broken] = document.errors.filter(({ code }) => code !== DUPLICATE);
    if (broken?.code === 'RESOURCE_EXHAUSTION') throw new StatusError('BadRequest', 'yaml parse error: the body is nested too deeply');
    if (broken) throw broken;
    const faults = document.errors.map(({ linePos }) => `line ${linePos?.[0].line ?? 0}: key already set in map`);
    // What it stands for is checked like JSON, and is as deep as that may be.
    return { json: readJson(encoder.encode(JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? null))).json, faults };
  } catch (err) {
    if (err instanceof StatusError) throw err;
    throw new StatusError('BadRequest', `yaml parse error: ${messageOf(err)}`, { cause: err });
  }
}

const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err));
