import type { CacheEvent, ListPage, StoredObject, Variants } from '@steersman/store';
import { type ApiObject, groupVersion, type Kind } from '@steersman/types';
import { columnDefinitions, type IncludeObject, partialMetadata, tableRow } from '@steersman/wire';
import type { Format } from './accept.ts';

export interface EncodeContext {
  readonly kind: Kind;
  readonly format: Format;
  readonly includeObject: IncludeObject;
  readonly variants: Variants;
}

const COMMA = Buffer.from(',');
const END_OF_LIST = Buffer.from(']}');

const parse = (object: StoredObject): ApiObject => JSON.parse(object.body.toString('utf8')) as ApiObject;

/** A table's row is shared by everybody who asks within the same second: ages are written in seconds. */
function row(object: StoredObject, { kind, includeObject, variants }: EncodeContext): Buffer {
  const now = new Date();
  const name = `row/${includeObject}/${Math.floor(now.getTime() / 1_000)}`;
  return variants.get(object, name, stored => Buffer.from(JSON.stringify(tableRow(kind, parse(stored), { now, includeObject }))));
}

const partial = (object: StoredObject, { variants }: EncodeContext): Buffer =>
  variants.get(object, 'metadata', stored => Buffer.from(JSON.stringify(partialMetadata(parse(stored)))));

const metaVersion = ({ format }: EncodeContext): string => `meta.k8s.io/${format.type === 'json' ? 'v1' : format.version}`;

/** `columns` are left out of all but the first table of a watch. */
function tableOpening(context: EncodeContext, { metadata, columns }: { readonly metadata: object; readonly columns: boolean }): string {
  const definitions = columns ? columnDefinitions(context.kind) : null;
  return `{"kind":"Table","apiVersion":"${metaVersion(context)}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${JSON.stringify(definitions)},"rows":[`;
}

/** One object in the form that was asked for, in pieces. */
export function encodeObject(object: StoredObject, context: EncodeContext): readonly Buffer[] {
  if (context.format.type === 'json') return [object.body];
  if (context.format.type === 'metadata') return [partial(object, context)];
  const opening = tableOpening(context, { metadata: { resourceVersion: String(object.resourceVersion) }, columns: true });
  return [Buffer.from(opening), row(object, context), END_OF_LIST];
}

/** A list in the form that was asked for, in pieces: the objects' own bytes are not copied. */
export function encodeList({ items, revision, continue: next, remaining }: ListPage, context: EncodeContext): readonly Buffer[] {
  const { kind, format } = context;
  const metadata = {
    resourceVersion: String(revision),
    ...(next && { continue: next, ...(remaining !== undefined && { remainingItemCount: remaining }) }),
  };
  const opening =
    format.type === 'table'
      ? tableOpening(context, { metadata, columns: true })
      : `{"kind":"${format.type === 'metadata' ? 'PartialObjectMetadataList' : `${kind.kind}List`}","apiVersion":"${format.type === 'metadata' ? metaVersion(context) : groupVersion(kind)}","metadata":${JSON.stringify(metadata)},"items":[`;
  const encodeItem = format.type === 'table' ? row : format.type === 'metadata' ? partial : (object: StoredObject) => object.body;
  const pieces: Buffer[] = [Buffer.from(opening)];
  items.forEach((object, at) => {
    if (at > 0) pieces.push(COMMA);
    pieces.push(encodeItem(object, context));
  });
  pieces.push(END_OF_LIST);
  return pieces;
}

/** The object of a bookmark: nothing but how far the watch has come. */
export const bookmarkObject = (
  kind: Pick<Kind, 'group' | 'version' | 'kind'>,
  { revision, initialEventsEnd }: Extract<CacheEvent, { type: 'BOOKMARK' }>,
): object => ({
  kind: kind.kind,
  apiVersion: groupVersion(kind),
  metadata: {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  },
});

const LINE_END = Buffer.from('}\n');
const OPENINGS = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
} as const;

/** Writes the events of one watch as lines of JSON. */
export class EventEncoder {
  readonly #context: EncodeContext;
  #isFirst = true;

  constructor(context: EncodeContext) {
    this.#context = context;
  }

  encode(event: CacheEvent): readonly Buffer[] {
    return [OPENINGS[event.type], ...this.#object(event), LINE_END];
  }

  error(status: object): readonly Buffer[] {
    return [OPENINGS.ERROR, Buffer.from(JSON.stringify(status)), LINE_END];
  }

  #object(event: CacheEvent): readonly Buffer[] {
    const { format } = this.#context;
    if (event.type !== 'BOOKMARK' && format.type !== 'table') return encodeObject(event.object, this.#context);
    const columns = this.#isFirst;
    this.#isFirst = false;
    if (event.type === 'BOOKMARK') return [Buffer.from(JSON.stringify(this.#bookmark(event, columns)))];
    const opening = tableOpening(this.#context, { metadata: { resourceVersion: String(event.object.resourceVersion) }, columns });
    return [Buffer.from(opening), row(event.object, this.#context), END_OF_LIST];
  }

  #bookmark(event: Extract<CacheEvent, { type: 'BOOKMARK' }>, columns: boolean): object {
    const { kind, format } = this.#context;
    const mark = bookmarkObject(
      format.type === 'metadata' ? { group: 'meta.k8s.io', version: format.version, kind: 'PartialObjectMetadata' } : kind,
      event,
    );
    if (format.type !== 'table') return mark;
    // A bookmark of a table is a table with one row without cells.
    const { metadata } = mark as { metadata: object };
    return {
      kind: 'Table',
      apiVersion: metaVersion(this.#context),
      metadata: { resourceVersion: String(event.revision) },
      columnDefinitions: columns ? columnDefinitions(kind) : null,
      rows: [{ cells: [], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } }],
    };
  }
}
