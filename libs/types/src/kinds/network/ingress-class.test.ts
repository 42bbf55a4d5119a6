import { cellsOf, changeFaultsOf, defaulted, faultsOf } from './judge.ts';
import { ingressClassKind } from './ingress-class.ts';

const REFERENCE = { apiGroup: 'example.com', kind: 'Settings', name: 'own' };
const spec = (parameters?: object, controller = 'example.com/ingress'): object => ({
  spec: { controller, ...(parameters && { parameters }) },
});

describe('ingressClassKind', () => {
  it('takes parameters for those of the cluster', () => {
    expect(defaulted(ingressClassKind, spec(REFERENCE)).spec.parameters?.scope).toBe('Cluster');
  });

  it.each([
    { name: 'no controller', fields: { spec: {} }, want: ['spec.controller: Required value'] },
    {
      name: 'a controller without a path',
      fields: spec(undefined, 'example.com'),
      want: ['spec.controller: Invalid value: "example.com": must be a domain-prefixed path (such as "acme.io/foo")'],
    },
    {
      name: 'a controller with a bad domain',
      fields: spec(undefined, 'A_b/c'),
      want: [expect.stringContaining('spec.controller: Invalid value: "A_b": a lowercase RFC 1123 subdomain')],
    },
    {
      name: 'a controller with a bad path',
      fields: spec(undefined, 'a.io/b c'),
      want: ["spec.controller: Invalid value: \"b c\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"],
    },
    {
      name: 'a long controller',
      fields: spec(undefined, `a.io/${'b'.repeat(250)}`),
      want: ['spec.controller: Too long: may not be more than 250 bytes'],
    },
    {
      name: 'parameters of an unknown scope',
      fields: spec({ ...REFERENCE, scope: 'World' }),
      want: ['spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"'],
    },
    {
      name: 'parameters in no namespace',
      fields: spec({ ...REFERENCE, scope: 'Namespace' }),
      want: ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    },
    {
      name: 'parameters of the cluster in a namespace',
      fields: spec({ ...REFERENCE, namespace: 'ns' }),
      want: ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    },
    { name: 'parameters without a kind', fields: spec({ ...REFERENCE, kind: '' }), want: ['spec.parameters.kind: Required value'] },
  ])('refuses $name', ({ fields, want }) => {
    expect(faultsOf(ingressClassKind, fields)).toEqual(want);
  });

  it('keeps its controller', () => {
    expect(changeFaultsOf(ingressClassKind, spec(), spec(REFERENCE))).toEqual([]);
    expect(changeFaultsOf(ingressClassKind, spec(), spec(undefined, 'other.io/a'))).toEqual([
      'spec.controller: Invalid value: "other.io/a": field is immutable',
    ]);
  });

  it('prints controller and parameters', () => {
    expect(cellsOf(ingressClassKind, spec())).toEqual(['example.com/ingress', '<none>']);
    expect(cellsOf(ingressClassKind, spec(REFERENCE))).toEqual(['example.com/ingress', 'Settings.example.com/own']);
  });
});
