import type { Attributes } from './attributes.ts';
import { impersonate } from './impersonation.ts';
import { userOfCertificate } from './user.ts';

const actor = userOfCertificate({ commonName: 'support', organizations: [] });
const nothing = { user: 'lea', groups: [], uid: '', extra: {} };
const asking = () => {
  const asked: string[] = [];
  const allows = ({ verb, group, resource, subresource, namespace, name }: Attributes): boolean => {
    asked.push([verb, group, namespace, subresource ? `${resource}/${subresource}` : resource, name].filter(Boolean).join(' '));
    return true;
  };
  return { asked, allows };
};

it.each([
  { name: 'a user', request: nothing, groups: ['system:authenticated'], rights: ['impersonate users lea'] },
  {
    name: 'a user of a group',
    request: { ...nothing, groups: ['dev,ops'] },
    groups: ['dev,ops', 'system:authenticated'],
    rights: ['impersonate users lea', 'impersonate groups dev,ops'],
  },
  {
    name: 'a service account, which has groups of its own',
    request: { ...nothing, user: 'system:serviceaccount:one:robot' },
    groups: ['system:serviceaccounts', 'system:serviceaccounts:one', 'system:authenticated'],
    rights: ['impersonate one serviceaccounts robot'],
  },
  {
    name: 'nobody',
    request: { ...nothing, user: 'system:anonymous' },
    groups: ['system:unauthenticated'],
    rights: ['impersonate users system:anonymous'],
  },
  {
    name: 'a uid and what else is known',
    request: { ...nothing, uid: '7', extra: { scopes: ['view'] } },
    groups: ['system:authenticated'],
    rights: [
      'impersonate users lea',
      'impersonate authentication.k8s.io uids 7',
      'impersonate authentication.k8s.io userextras/scopes view',
    ],
  },
])('$name costs exactly the rights for it', ({ request, groups, rights }) => {
  const authorizer = asking();
  expect(impersonate(actor, request, authorizer)).toMatchObject({ name: request.user, groups });
  expect(authorizer.asked).toEqual(rights);
});

it('is refused as a whole when one part is', () => {
  const authorizer = { allows: ({ resource }: Attributes) => resource !== 'groups' };
  expect(() => impersonate(actor, { ...nothing, groups: ['system:masters'] }, authorizer)).toThrow(
    'groups "system:masters" is forbidden: User "support" cannot impersonate resource "groups" in API group "" at the cluster scope',
  );
});
