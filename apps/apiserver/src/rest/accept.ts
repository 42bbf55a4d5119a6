import { StatusError } from '@steersman/status';
import type { IncludeObject } from '@steersman/wire';

/** The form in which a client wants its answer. */
export type Format =
  | { readonly type: 'json' }
  | { readonly type: 'table'; readonly version: 'v1' | 'v1beta1' }
  | { readonly type: 'metadata'; readonly version: 'v1' | 'v1beta1' };

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Clients send few different headers, over and over; the bound is against those that make them up. */
const MAX_KNOWN = 200;
const known = new Map<string, readonly MediaRange[]>();

export function mediaRanges(header = ''): readonly MediaRange[] {
  const found = known.get(header);
  if (found) return found;
  const ranges = parseRanges(header);
  if (known.size < MAX_KNOWN) known.set(header, ranges);
  return ranges;
}

function parseRanges(header: string): readonly MediaRange[] {
  return header
    .split(',')
    .map(range => range.trim())
    .filter(range => range !== '')
    .map(range => {
      const [type = '', ...parameters] = range.split(';').map(part => part.trim());
      return { type: type.toLowerCase(), parameters: new Map(parameters.map(parameter => splitOnce(parameter))) };
    });
}

const splitOnce = (parameter: string): [string, string] => {
  const at = parameter.indexOf('=');
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
};

const isJson = (type: string): boolean => type === 'application/json' || type === '*/*' || type === 'application/*';

/** The first form the client names that we write: JSON, which every client takes besides protobuf. Throws NotAcceptable. */
export function formatOf(header: string | undefined): Format {
  const ranges = mediaRanges(header);
  if (ranges.length === 0) return { type: 'json' };
  for (const { type, parameters } of ranges) {
    if (!isJson(type)) continue;
    const as = parameters.get('as');
    const version = parameters.get('v') === 'v1beta1' ? 'v1beta1' : 'v1';
    if (as === undefined) return { type: 'json' };
    if (parameters.get('g') !== 'meta.k8s.io') continue;
    if (as === 'Table') return { type: 'table', version };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { type: 'metadata', version };
  }
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json');
}

export function includeObjectOf(options: URLSearchParams): IncludeObject {
  const value = options.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw new StatusError(
    'BadRequest',
    `includeObject: Unsupported value: ${JSON.stringify(value)}: supported values: "Metadata", "None", "Object"`,
  );
}
