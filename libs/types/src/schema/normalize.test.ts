import { normalize } from './normalize.ts';

const pod = (spec: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });

describe('normalize', () => {
  it('drops and reports what the type does not have', () => {
    const { object, unknownFields } = normalize('V1Pod', pod({ containers: [{ name: 'a', imagee: 'x' }], replicas: 3 }));
    expect(unknownFields).toEqual(['spec.containers[0].imagee', 'spec.replicas']);
    expect(object['spec']).toEqual({ containers: [{ name: 'a' }] });
  });

  it('drops nulls and writes empty structs', () => {
    const { object } = normalize('V1Pod', { metadata: { name: 'web', creationTimestamp: null }, spec: null });
    expect(object).toEqual({ metadata: { name: 'web' }, spec: {}, status: {} });
  });

  it('brings quantities and times into their canonical form', () => {
    const { object } = normalize('V1Pod', {
      metadata: { creationTimestamp: '2026-01-02T03:04:05.678+01:00' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    });
    expect(object).toMatchObject({
      metadata: { creationTimestamp: '2026-01-02T02:04:05Z' },
      spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }] },
    });
  });

  it.each([
    {
      name: 'a string for a list',
      spec: { containers: [{ name: 'a', ports: 'x' }] },
      message: 'json: cannot unmarshal string into Go struct field Container.spec.containers.ports of type []v1.ContainerPort',
    },
    {
      name: 'a number for a string',
      spec: { containers: [{ name: 7 }] },
      message: 'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    },
    { name: 'a string for a number', spec: { containers: [{ name: 'a', ports: [{ containerPort: '80' }] }] }, message: 'of type int32' },
    {
      name: 'a bad quantity',
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: 'lots' } } }] },
      message: 'quantities must match the regular expression',
    },
  ])('refuses $name', ({ spec, message }) => {
    expect(() => normalize('V1Pod', pod(spec))).toThrow(
      expect.objectContaining({ reason: 'BadRequest', message: expect.stringContaining(message) }),
    );
  });
});
