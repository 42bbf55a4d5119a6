import { AccountTokens, type Authorizer, createAuthorizer, createRbac } from '@steersman/auth';
import type { ConfigOf } from '@steersman/config';
import type { Store, WatchCache } from '@steersman/store';
import { admissionRules } from './admission/rules.ts';
import { AddressRange } from './admission/services/address-range.ts';
import { addressPool, portPool, toPortRange } from './admission/services/pool.ts';
import { eviction } from './disruption/eviction.ts';
import { createCachedObjects } from './cached-objects.ts';
import { createCurrentLookup, createLookup } from './lookup.ts';
import { createMachine, type Handle } from './machine/machine.ts';
import { Objects } from './machine/objects.ts';
import { createNodeGraph } from './node-graph.ts';
import { accessReviews } from './questions/access-reviews.ts';
import { selfReview, tokenReview } from './questions/identity-reviews.ts';
import { tokenRequest } from './questions/token-request.ts';
import { type Authenticator, createAuthenticator } from './rest/authenticate.ts';
import { createRoleSource } from './role-source.ts';
import type { settings } from './settings.ts';
import { loadTokenKeys, type TokenKeys } from './tokens/load-token-keys.ts';
import { createTokenAuthenticator } from './tokens/token-authenticator.ts';

export interface Api {
  readonly handle: Handle;
  readonly authorizer: Authorizer;
  readonly authenticate: Authenticator;
  readonly tokenKeys: TokenKeys;
  readonly serviceRange: AddressRange;
  /** Keeps up with the roles until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ApiDeps {
  readonly config: ConfigOf<typeof settings>;
  readonly store: Store;
  readonly cache: WatchCache;
}

/** The API behind all transports: who asks, whether he may, what is let in, and what is answered. */
export function createApi({ config, store, cache }: ApiDeps): Api {
  const serviceRange = new AddressRange(config.serviceClusterIpRange);
  const servicePools = { addresses: addressPool(serviceRange), ports: portPool(toPortRange(config.serviceNodePortRange)) };
  const objects = createCachedObjects(cache);
  const roles = createRoleSource(cache, objects);
  const rbac = createRbac(roles);
  const authorizer = createAuthorizer({ graph: createNodeGraph(cache), rbac });
  const lookup = createLookup({ cache, store });
  const tokenKeys = loadTokenKeys({
    signingKeyFile: config.serviceAccountSigningKeyFile,
    keyFiles: config.serviceAccountKeyFile,
    dataDir: config.dataDir,
  });
  const tokens = new AccountTokens({ issuer: config.serviceAccountIssuer, ...tokenKeys });
  const audiences = config.apiAudiences.length > 0 ? config.apiAudiences : [config.serviceAccountIssuer];
  const authenticator = createTokenAuthenticator({ tokens, lookup, audiences });
  const handle: Handle = createMachine({
    store,
    cache,
    authorizer,
    rules: admissionRules({ store, lookup, current: createCurrentLookup({ cache, store }), objects, rbac, authorizer, servicePools }),
    responders: [
      ...accessReviews({ authorizer, rbac }),
      selfReview,
      tokenReview(authenticator),
      tokenRequest({ tokens, lookup, audiences }),
      eviction({ cache, objects: new Objects(store), handle: request => handle(request) }),
    ],
  });
  return {
    handle,
    authorizer,
    authenticate: createAuthenticator({ tokens: async token => (await authenticator.identify(token))?.user, authorizer }),
    tokenKeys,
    serviceRange,
    run: signal => roles.run(signal),
  };
}
