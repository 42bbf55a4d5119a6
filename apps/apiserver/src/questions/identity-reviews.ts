import type { User } from '@steersman/auth';
import { selfSubjectReviewKind, type UserInfo } from '@steersman/types';
import type { Responder } from '../machine/questions.ts';

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
