import type { EphemeralContainer, Pod } from '../../gen/types.ts';
import { setEphemeralContainers, validateEphemeralContainers } from './ephemeral-containers.ts';

const pod = (...ephemeralContainers: readonly Partial<EphemeralContainer>[]): Pod =>
  ({
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'c', image: 'web:1' }], ...(ephemeralContainers.length > 0 && { ephemeralContainers }) },
    status: {},
  }) as unknown as Pod;
const looker = { name: 'looker', image: 'box:1', targetContainerName: 'c' };

it('takes nothing but the ephemeral containers, with their defaults', () => {
  const draft = pod();
  const body = pod(looker);
  setEphemeralContainers(draft, { ...body, spec: { ...body.spec, hostNetwork: true } });
  expect(draft.spec).toMatchObject({
    containers: [{ name: 'c' }],
    ephemeralContainers: [{ name: 'looker', imagePullPolicy: 'IfNotPresent' }],
  });
  expect(draft.spec.hostNetwork).toBeUndefined();
});

it.each([
  { name: 'one more', prev: pod(looker), next: pod(looker, { ...looker, name: 'second' }), fields: [] },
  { name: 'one removed', prev: pod(looker), next: pod(), fields: ['spec.ephemeralContainers'] },
  { name: 'one changed', prev: pod(looker), next: pod({ ...looker, image: 'box:2' }), fields: ['spec.ephemeralContainers'] },
  { name: 'the name of a container', prev: pod(), next: pod({ ...looker, name: 'c' }), fields: ['spec.ephemeralContainers[0].name'] },
  { name: 'a name twice', prev: pod(), next: pod(looker, looker), fields: ['spec.ephemeralContainers[1].name'] },
  { name: 'no image', prev: pod(), next: pod({ name: 'looker' }), fields: ['spec.ephemeralContainers[0].image'] },
  { name: 'ports', prev: pod(), next: pod({ ...looker, ports: [{ containerPort: 1 }] }), fields: ['spec.ephemeralContainers[0].ports'] },
  {
    name: 'an unknown target',
    prev: pod(),
    next: pod({ ...looker, targetContainerName: 'x' }),
    fields: ['spec.ephemeralContainers[0].targetContainerName'],
  },
])('$name: $fields', ({ prev, next, fields }) => {
  expect(validateEphemeralContainers(next, prev).map(({ field }) => field)).toEqual(fields);
});
