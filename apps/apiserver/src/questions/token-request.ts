import type { AccountTokens, ObjectIdentity, TokenBinding } from '@steersman/auth';
import {
  type BoundObjectReference,
  type FieldError,
  invalid,
  type Kind,
  nodeKind,
  type Pod,
  podKind,
  secretKind,
  type ServiceAccount,
  serviceAccountKind,
  type TokenRequest,
} from '@steersman/types';
import { type Lookup, parseStored } from '../lookup.ts';
import { badRequest, conflict, notFound } from '../machine/errors.ts';
import type { Responder } from '../machine/questions.ts';
import { timestamp } from '../machine/strategy.ts';

const DEFAULT_LIFETIME_S = 3_600;
const MIN_LIFETIME_S = 600;
const MAX_LIFETIME_S = 2 ** 32;
const TYPE = { group: 'authentication.k8s.io', kind: 'TokenRequest', plural: 'tokenrequests' };

export interface TokenRequestDeps {
  readonly tokens: AccountTokens;
  readonly lookup: Lookup;
  /** Of a token that asks for none. */
  readonly audiences: readonly string[];
}

/** `POST serviceaccounts/<name>/token`: a token for the account, bound to a pod, a secret or a node if so wished. */
export const tokenRequest = ({ tokens, lookup, audiences: own }: TokenRequestDeps): Responder =>
  ({
    kind: serviceAccountKind,
    subresource: 'token',
    async answer({ namespace, body: { metadata, spec }, about }) {
      const account = about as ServiceAccount; // it is asked of accounts only
      const { name, uid } = account.metadata;
      if (metadata.name !== name)
        throw badRequest(`metadata.name: Invalid value: ${JSON.stringify(metadata.name)}: must match the service account name`);
      const { expirationSeconds: lifetimeS = DEFAULT_LIFETIME_S, boundObjectRef } = spec;
      const audiences = spec.audiences?.length ? spec.audiences : own;
      checkLifetime(name, lifetimeS);
      const binding = boundObjectRef ? await bind(boundObjectRef, { namespace, accountName: name, lookup }) : {};
      const now = new Date();
      const token = tokens.issue({ namespace, account: { name, uid }, audiences, ...binding, lifetimeS, now });
      const expirationTimestamp = timestamp(new Date(now.getTime() + lifetimeS * 1_000));
      return {
        metadata: { name, namespace, creationTimestamp: timestamp(now) },
        spec: { ...spec, audiences, expirationSeconds: lifetimeS },
        status: { token, expirationTimestamp },
      };
    },
  }) satisfies Responder<TokenRequest>;

function checkLifetime(name: string, seconds: number): void {
  const fault = (detail: string): readonly FieldError[] => [{ fault: 'Invalid', field: 'spec.expirationSeconds', value: seconds, detail }];
  if (seconds < MIN_LIFETIME_S) throw invalid(TYPE, name, fault('may not specify a duration less than 10 minutes'));
  if (seconds > MAX_LIFETIME_S) throw invalid(TYPE, name, fault('may not specify a duration larger than 2^32 seconds'));
}

interface Place {
  readonly namespace: string;
  readonly accountName: string;
  readonly lookup: Lookup;
}

async function bind({ apiVersion = 'v1', kind, name = '', uid }: BoundObjectReference, place: Place): Promise<TokenBinding> {
  const { namespace, accountName, lookup } = place;
  const find = (found: Kind, where: string) => identified(found, { namespace: where, name, uid }, lookup);
  if (apiVersion === 'v1' && kind === 'Pod') {
    const pod = await find(podKind, namespace);
    const { spec } = pod.parse<Pod>();
    if (spec.serviceAccountName !== accountName)
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`,
      );
    const node = spec.nodeName ? await lookup(nodeKind, '', spec.nodeName) : undefined;
    return { pod: pod.identity, ...(node && { node: { name: node.name, uid: node.uid } }) };
  }
  if (apiVersion === 'v1' && kind === 'Secret') return { secret: (await find(secretKind, namespace)).identity };
  if (apiVersion === 'v1' && kind === 'Node') return { node: (await find(nodeKind, '')).identity };
  throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind ?? ''}: it must be a Pod, a Secret or a Node of v1`);
}

interface Identified {
  readonly identity: ObjectIdentity;
  parse<T>(): T;
}

async function identified(
  kind: Kind,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string | undefined },
  lookup: Lookup,
): Promise<Identified> {
  const found = await lookup(kind, namespace, name);
  if (!found) throw notFound(kind, name);
  if (uid && uid !== found.uid) {
    throw conflict(
      kind,
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { identity: { name: found.name, uid: found.uid }, parse: () => parseStored(found) };
}
