import { StatusError } from '@steersman/status';
import { jsonEquals, parsePointer } from './pointer.ts';

type Container = Record<string, unknown> | unknown[];

const MAX_OPERATIONS = 10_000;

/**
 * RFC 6902. Returns a new document. A malformed patch is a BadRequest; one that cannot be applied to this document
 * (a missing path, a failed test) is Invalid, as upstream answers.
 */
export function applyJsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new StatusError('BadRequest', 'a JSON patch must be a list of operations');
  if (operations.length > MAX_OPERATIONS) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    );
  }
  // A holder, so that the whole document is replaced like any member.
  const holder: { root: unknown } = { root: structuredClone(document) };
  for (const operation of operations) applyOperation(holder, operation);
  return holder.root;
}

interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: unknown;
}

function readOperation(raw: unknown): Operation {
  const { op, path, from, value } = (raw ?? {}) as Record<string, unknown>;
  if (typeof op !== 'string' || typeof path !== 'string')
    throw new StatusError('BadRequest', `a JSON patch operation needs op and path: ${JSON.stringify(raw)}`);
  if ((op === 'move' || op === 'copy') && typeof from !== 'string')
    throw new StatusError('BadRequest', `${op} needs from: ${JSON.stringify(raw)}`);
  return { op, path: ['root', ...parsePointer(path)], from: ['root', ...parsePointer(typeof from === 'string' ? from : '')], value };
}

function applyOperation(holder: { root: unknown }, raw: unknown): void {
  const { op, path, from, value } = readOperation(raw);
  switch (op) {
    case 'add':
      return add(holder, path, structuredClone(value));
    case 'remove':
      remove(holder, path);
      return;
    case 'replace':
      remove(holder, path);
      return add(holder, path, structuredClone(value));
    case 'move':
      return add(holder, path, remove(holder, from));
    case 'copy':
      return add(holder, path, structuredClone(read(holder, from)));
    case 'test':
      if (jsonEquals(find(holder, path), value ?? undefined)) return;
      throw failed(`testing value ${pointer(path)} failed`);
    default:
      throw new StatusError('BadRequest', `a JSON patch knows no operation ${JSON.stringify(op)}`);
  }
}

const failed = (why: string): StatusError =>
  new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`);

const pointer = (path: readonly string[]): string =>
  path
    .slice(1)
    .map(part => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

function containerOf(holder: Container, path: readonly string[]): { readonly container: Container; readonly last: string } {
  let container: unknown = holder;
  for (const part of path.slice(0, -1)) container = member(container, part);
  if (!isContainer(container)) throw failed(`path ${pointer(path)} does not exist`);
  return { container, last: path.at(-1) ?? '' };
}

const member = (container: unknown, part: string): unknown => {
  if (Array.isArray(container)) return /^(0|[1-9]\d*)$/.test(part) ? container[Number(part)] : undefined;
  return isContainer(container) && Object.hasOwn(container, part) ? (container as Record<string, unknown>)[part] : undefined;
};

function find(holder: Container, path: readonly string[]): unknown {
  const { container, last } = containerOf(holder, path);
  return member(container, last) ?? undefined;
}

function read(holder: Container, path: readonly string[]): unknown {
  const value = find(holder, path);
  if (value === undefined) throw failed(`path ${pointer(path)} does not exist`);
  return value;
}

function add(holder: Container, path: readonly string[], value: unknown): void {
  const { container, last } = containerOf(holder, path);
  if (!Array.isArray(container)) {
    Object.defineProperty(container, last, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const at = last === '-' ? container.length : Number(last);
  if (!Number.isInteger(at) || at < 0 || at > container.length) throw failed(`${pointer(path)} is outside a list of ${container.length}`);
  container.splice(at, 0, value);
}

function remove(holder: Container, path: readonly string[]): unknown {
  const { container, last } = containerOf(holder, path);
  if (member(container, last) === undefined) throw failed(`unable to remove nonexistent key ${pointer(path)}`);
  if (Array.isArray(container)) return container.splice(Number(last), 1)[0];
  const removed = container[last];
  Reflect.deleteProperty(container, last);
  return removed;
}
