import type { User } from '@steersman/auth';
import { type ApiObject, groupVersion, invalid, type Kind } from '@steersman/types';
import type { Admission } from './admission.ts';
import { decodeObject } from './decode.ts';
import { notAllowed, notFound } from './errors.ts';
import type { Objects } from './objects.ts';
import type { ApiAnswer, ApiRequest } from './request.ts';

/** What is asked, and by whom. */
export interface Question<T extends ApiObject = ApiObject> {
  readonly user: User;
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** The question as it came, decoded and valid. */
  readonly body: T;
  /** The object whose subresource is asked; undefined for kinds that are questions themselves. */
  readonly about: ApiObject | undefined;
}

/** Fills in the answer: what it returns takes the place of the same fields of the question. */
export interface Responder<T extends ApiObject = ApiObject> {
  readonly kind: Kind;
  /** '' for a kind that is a question itself. */
  readonly subresource: string;
  answer(question: Question<T>): object | Promise<object>;
}

/** Creates that are answered, not stored. */
export class Questions {
  readonly #objects: Objects;
  readonly #admission: Admission;
  readonly #responders: readonly Responder[];

  constructor(objects: Objects, admission: Admission, responders: readonly Responder[]) {
    this.#objects = objects;
    this.#admission = admission;
    this.#responders = responders;
  }

  async answer(request: ApiRequest): Promise<ApiAnswer> {
    const { kind, subresource, namespace, name, user, signal } = request;
    const responder = this.#responders.find(found => found.kind === kind && found.subresource === subresource);
    const type = subresource === '' ? kind : bodyOf(kind, subresource);
    if (!responder || !type) throw notAllowed();
    const { object: body, warnings } = decodeObject(request, type);
    if (namespace) body.metadata.namespace = namespace;
    let about: ApiObject | undefined;
    if (subresource === '') {
      const faults = kind.validate?.(body) ?? [];
      if (faults.length > 0) throw invalid(kind, body.metadata.name ?? '', faults);
    } else {
      about = (await this.#objects.read(kind, namespace, name))?.object;
      if (!about) throw notFound(kind, name);
      body.metadata.name ||= name;
      await this.#admission.admit({ operation: 'create', kind, subresource, namespace, object: body, prev: about, user });
    }
    const answer = await responder.answer({ user, namespace, signal, body, about });
    return { type: 'json', code: 201, value: { kind: type.kind, apiVersion: groupVersion(type), ...body, ...answer }, warnings };
  }
}

type BodyType = Parameters<typeof decodeObject>[1];

function bodyOf(kind: Kind, subresource: string): BodyType | undefined {
  const found = kind.subresources?.find(({ name }) => name === subresource);
  return found && 'answer' in found ? found.answer : undefined;
}
