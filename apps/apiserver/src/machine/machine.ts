import { type Attributes, type Authorizer, forbidden } from '@steersman/auth';
import { parseFieldSelector } from '@steersman/labels';
import type { Store, WatchCache } from '@steersman/store';
import { Admission, type AdmissionRule } from './admission.ts';
import { Deletes } from './deletes.ts';
import { badRequest, noSuchResource, notAllowed, notFound } from './errors.ts';
import { Objects } from './objects.ts';
import { Questions, type Responder } from './questions.ts';
import { Reads } from './reads.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';
import { Writes } from './writes.ts';

export interface MachineParts {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly authorizer: Authorizer;
  readonly rules: readonly AdmissionRule[];
  readonly responders: readonly Responder[];
}

/** Answers a request, or throws a StatusError. The only way to the objects: REST and gRPC are codecs around it. */
export type Handle = (request: ApiRequest) => Promise<ApiAnswer>;

/** The API of every kind there is: it knows none by name. */
export function createMachine({ store, cache, authorizer, rules, responders }: MachineParts): Handle {
  const admission = new Admission(rules);
  const objects = new Objects(store);
  const reads = new Reads(cache);
  const writes = new Writes(objects, admission);
  const questions = new Questions(objects, admission, responders);
  const deletes = new Deletes(objects, admission, cache);

  const connect = async ({ kind, subresource, namespace, name, options }: ApiRequest): Promise<ApiAnswer> => {
    const found = kind.subresources?.find(candidate => candidate.name === subresource);
    if (!found || !('connect' in found)) throw notAllowed();
    const current = await objects.read(kind, namespace, name);
    if (!current) throw notFound(kind, name);
    return { type: 'connect', target: found.connect.target(current.object, options) };
  };

  const perform = (request: ApiRequest): Promise<ApiAnswer> => {
    const { verb, subresource, kind } = request;
    const found = kind.subresources?.find(candidate => candidate.name === subresource);
    switch (verb) {
      case 'get':
        return found && 'read' in found ? writes.readScale(request) : reads.get(request);
      case 'list':
        return reads.list(request);
      case 'watch':
        return reads.watch(request);
      case 'create':
        if (kind.virtual || (found && 'answer' in found)) return questions.answer(request);
        return subresource === '' ? writes.create(request) : writes.act(request);
      case 'update':
        return writes.update(request);
      case 'patch':
        return writes.patch(request);
      case 'delete':
        return deletes.delete(request);
      case 'deletecollection':
        return deletes.deleteCollection(request);
      case 'connect':
        return connect(request);
    }
  };

  return async request => {
    checkAddress(request);
    const attributes = attributesOf(request);
    if (!authorizer.allows(attributes)) throw forbidden(attributes);
    return perform(request);
  };
}

/** A subresource that the kind does not have, a name where none belongs, a namespace where none exists. */
function checkAddress({ kind, subresource, namespace, name, verb }: ApiRequest): void {
  if (subresource !== '' && !kind.subresources?.some(found => found.name === subresource)) throw noSuchResource();
  if (kind.scope === 'Cluster' && namespace !== '') throw noSuchResource();
  if (kind.virtual && verb !== 'create') throw notAllowed();
  const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection' || (verb === 'create' && subresource === '');
  if (!isCollection && name === '') throw notAllowed();
  if (kind.scope === 'Namespaced' && namespace === '' && !['list', 'watch'].includes(verb)) {
    throw verb === 'create' ? badRequest('an empty namespace may not be set during creation') : notAllowed();
  }
}

function attributesOf({ user, verb, kind, subresource, namespace, name, options }: ApiRequest): Attributes {
  const selector = options.get('fieldSelector') ?? '';
  const fields = selector === '' ? {} : parseFieldSelector(selector).equals;
  // Upstream authorizes exec and its like as create, and the log as get.
  const asked = verb === 'connect' ? (subresource === 'log' ? 'get' : 'create') : verb;
  return {
    user,
    verb: asked,
    group: kind.group,
    resource: kind.plural,
    subresource,
    namespace,
    // `metadata.name=x` means one object: whoever may read it may list and watch it.
    name: name || (fields['metadata.name'] ?? ''),
    path: '',
    fields,
  };
}
