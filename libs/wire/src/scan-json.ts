import { StatusError } from '@steersman/status';

/** Far beyond any object, and well within what serialising such a value may take from the stack. */
const MAX_DEPTH = 1_000;
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

interface Frame {
  /** The keys so far; undefined in a list. */
  readonly keys: Set<string> | undefined;
  /** Where the scan is in it. */
  key: string;
  index: number;
}

/** Paths of fields that valid JSON says twice, which JSON.parse cannot tell. Throws BadRequest for what is nested too deeply. */
export function duplicateFields(json: string): readonly string[] {
  const duplicates: string[] = [];
  const stack: Frame[] = [];
  let isKey = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const top = stack.at(-1);
    if (code === QUOTE) {
      const end = endOfText(json, at);
      if (isKey && top?.keys) note(top, json.slice(at + 1, end), { stack, duplicates });
      at = end;
    } else if (code === COLON) isKey = false;
    else if (code === COMMA) {
      if (top) top.index++;
      isKey = top?.keys !== undefined;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (stack.length >= MAX_DEPTH)
        throw new StatusError('BadRequest', `exceeded max depth: the body is nested more than ${MAX_DEPTH} times`);
      isKey = code === OPEN_OBJECT;
      stack.push({ keys: isKey ? new Set() : undefined, key: '', index: 0 });
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      stack.pop();
      isKey = false;
    }
  }
  return duplicates;
}

function note(top: Frame, key: string, { stack, duplicates }: { readonly stack: readonly Frame[]; readonly duplicates: string[] }): void {
  top.key = key;
  if (top.keys?.has(key)) duplicates.push(pathOf(stack));
  else top.keys?.add(key);
}

/** The place of the quote that ends the text which begins at `at`. */
function endOfText(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

const pathOf = (stack: readonly Frame[]): string =>
  stack.reduce((path, { keys, key, index }) => (keys ? (path === '' ? key : `${path}.${key}`) : `${path}[${index}]`), '');
