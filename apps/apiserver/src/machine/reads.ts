import { StatusError } from '@steersman/status';
import type { ResourceCache, WatchCache } from '@steersman/store';
import { invalid } from '@steersman/types';
import { badRequest, notFound } from './errors.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';
import { resourcePrefix, selectionOf } from './selection.ts';

/** Without a word from the client a watch ends after half an hour to an hour, so that load spreads over apiservers. */
const WATCH_MS = { min: 30 * 60_000, spread: 30 * 60_000 };

const isOn = (value: string | null): boolean => value === 'true' || value === '1';

/** Get, list and watch, all from the cache: nothing is read from the store but its newest revision. */
export class Reads {
  readonly #cache: WatchCache;

  constructor(cache: WatchCache) {
    this.#cache = cache;
  }

  async get(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, namespace, name, options } = request;
    await this.#notOlderThan(options.get('resourceVersion') ?? '', request);
    const object = this.#resource(kind).get(namespace || undefined, name);
    if (!object) throw notFound(kind, name);
    return { type: 'object', code: 200, object };
  }

  async list(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, options } = request;
    const selection = selectionOf(request);
    const version = options.get('resourceVersion') ?? '';
    const match = options.get('resourceVersionMatch') ?? '';
    const next = options.get('continue') ?? '';
    checkMatch({ version, match, next }, request);
    const isExact = match === 'Exact' && version !== '' && version !== '0';
    if (next === '') await this.#notOlderThan(version, request);
    const page = await this.#resource(kind).list({
      ...selection,
      limit: integer('limit', options) ?? 0,
      ...(next !== '' && { continue: next }),
      ...(isExact && { revision: revisionOf(version) }),
    });
    return { type: 'list', page };
  }

  async watch(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, options, signal } = request;
    const version = options.get('resourceVersion') ?? '';
    const initialEvents = isOn(options.get('sendInitialEvents'));
    if (initialEvents && options.get('resourceVersionMatch') !== 'NotOlderThan') {
      throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
        {
          fault: 'Forbidden',
          field: 'resourceVersionMatch',
          detail: 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        },
      ]);
    }
    if (version === '') await this.#cache.current(signal);
    const seconds = integer('timeoutSeconds', options);
    const watcher = await this.#resource(kind).watch(
      {
        ...selectionOf(request),
        ...(version !== '' && { revision: revisionOf(version) }),
        initialEvents,
        bookmarks: isOn(options.get('allowWatchBookmarks')),
        timeoutMs: seconds ? seconds * 1_000 : WATCH_MS.min + Math.random() * WATCH_MS.spread,
      },
      signal,
    );
    return { type: 'watch', watcher };
  }

  #resource(kind: ApiRequest['kind']): ResourceCache {
    return this.#cache.resource(resourcePrefix(kind));
  }

  /** '' is the newest there is, '0' anything. */
  async #notOlderThan(version: string, request: Pick<ApiRequest, 'signal'>): Promise<void> {
    if (version === '0') return;
    const revision = version === '' ? await this.#cache.store.revision() : revisionOf(version);
    if (revision > this.#cache.revision) await this.#cache.waitFor(revision, request.signal);
  }
}

function revisionOf(version: string): number {
  const revision = Number(version);
  if (Number.isSafeInteger(revision) && revision >= 0 && /^\d+$/.test(version)) return revision;
  throw new StatusError(
    'BadRequest',
    `resourceVersion: Invalid value: ${JSON.stringify(version)}: it must be a resourceVersion that the server gave`,
  );
}

function integer(name: string, options: URLSearchParams): number | undefined {
  const value = options.get(name);
  if (value === null || value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) throw badRequest(`${name}: Invalid value: ${JSON.stringify(value)}: it must be a number`);
  return Number(value);
}

function checkMatch(
  { version, match, next }: { readonly version: string; readonly match: string; readonly next: string },
  { options }: ApiRequest,
): void {
  const refuse = (detail: string): never => {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [{ fault: 'Forbidden', field: 'resourceVersionMatch', detail }]);
  };
  if (isOn(options.get('sendInitialEvents'))) refuse('sendInitialEvents is forbidden for list');
  if (match === '') {
    if (next !== '' && version !== '' && version !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    return;
  }
  if (next !== '') refuse('resourceVersionMatch is forbidden when continue is provided');
  if (version === '') refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') refuse(`supported values: "Exact", "NotOlderThan", got ${JSON.stringify(match)}`);
  if (match === 'Exact' && version === '0') refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
}
