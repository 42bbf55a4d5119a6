import type { User } from '@steersman/auth';
import { selfSubjectReviewKind, type TokenReview, tokenReviewKind, type UserInfo } from '@steersman/types';
import type { Responder } from '../machine/questions.ts';
import type { TokenAuthenticator } from '../tokens/token-authenticator.ts';

/** Who asks, as the API server understood it. */
export const selfReview: Responder = {
  kind: selfSubjectReviewKind,
  subresource: '',
  answer: ({ user }) => ({ status: { userInfo: userInfo(user) } }),
};

export const userInfo = ({ name, groups, uid, extra }: User): UserInfo => ({
  username: name,
  ...(uid !== undefined && { uid }),
  groups: [...groups],
  ...(extra && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
});

/** Whose token it is: asked by whoever takes tokens of this cluster. */
export const tokenReview = (tokens: TokenAuthenticator): Responder =>
  ({
    kind: tokenReviewKind,
    subresource: '',
    async answer({ body: { spec } }) {
      const found = await tokens.identify(spec.token, spec.audiences?.length ? spec.audiences : undefined);
      return {
        status: found
          ? { authenticated: true, user: userInfo(found.user), audiences: [...found.audiences] }
          : { authenticated: false, error: 'the token is not one of this cluster for these audiences, or no longer holds' },
      };
    },
  }) satisfies Responder<TokenReview>;
