import { type Access, kubeconfigEntries } from '@steersman/pki';
import { Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** Marks what is ours in somebody's kubeconfig; kubectl keeps extensions as they are. */
const MARK = 'steersman.io';
const KINDS = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
type Kind = keyof typeof KINDS;

export interface Merged {
  readonly text: string;
  /** The file names our context as the one to use. */
  readonly isCurrent: boolean;
}

/**
 * Puts the cluster's context into a kubeconfig and leaves everything else, comments too, as it is. The current context is ours only
 * when there was none. Undefined when the name is another cluster's.
 */
export function mergeContext(text: string, access: Access): Merged | undefined {
  const document = parse(text);
  const entries = kubeconfigEntries(access);
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const found = entryOf(document, kind, access.name);
    if (found && !isOurs(found, kind)) return undefined;
  }
  if (document.get('apiVersion') === undefined) document.set('apiVersion', 'v1');
  if (document.get('kind') === undefined) document.set('kind', 'Config');
  for (const kind of Object.keys(KINDS) as Kind[]) {
    const inner = KINDS[kind];
    const content: unknown = Object.entries(entries[kind]).find(([name]) => name === inner)?.[1];
    const extensions = [{ name: MARK, extension: { cluster: access.name } }];
    const marked = { name: access.name, [inner]: { ...(content as object), extensions } };
    remove(document, kind, access.name);
    listOf(document, kind).add(document.createNode(marked));
  }
  if (!document.get('current-context')) document.set('current-context', access.name);
  return { text: document.toString({ lineWidth: 0 }), isCurrent: document.get('current-context') === access.name };
}

/** Takes it out again. Undefined when it is not there; an empty text when nothing of anybody's is left. */
export function removeContext(text: string, name: string): string | undefined {
  const document = parse(text);
  const kinds = (Object.keys(KINDS) as Kind[]).filter(kind => {
    const found = entryOf(document, kind, name);
    return found !== undefined && isOurs(found, kind);
  });
  if (kinds.length === 0) return undefined;
  for (const kind of kinds) remove(document, kind, name);
  if (document.get('current-context') === name) document.set('current-context', '');
  const isEmpty = (Object.keys(KINDS) as Kind[]).every(kind => listOf(document, kind).items.length === 0);
  return isEmpty ? '' : document.toString({ lineWidth: 0 });
}

function parse(text: string): Document {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault) throw fault;
  return document.contents === null ? new Document({ apiVersion: 'v1', kind: 'Config' }) : document;
}

function listOf(document: Document, kind: Kind): YAMLSeq {
  const found = document.get(kind);
  if (isSeq(found)) {
    found.flow = false; // kubectl writes an empty list as []
    return found;
  }
  const made = document.createNode([]) as YAMLSeq;
  document.set(kind, made);
  return made;
}

const entryOf = (document: Document, kind: Kind, name: string): YAMLMap | undefined =>
  listOf(document, kind).items.find((item): item is YAMLMap => isMap(item) && item.get('name') === name);

function remove(document: Document, kind: Kind, name: string): void {
  const list = listOf(document, kind);
  list.items = list.items.filter(item => !(isMap(item) && item.get('name') === name));
}

function isOurs(entry: YAMLMap, kind: Kind): boolean {
  const extensions = entry.getIn([KINDS[kind], 'extensions']);
  return isSeq(extensions) && extensions.items.some(item => isMap(item) && item.get('name') === MARK);
}
