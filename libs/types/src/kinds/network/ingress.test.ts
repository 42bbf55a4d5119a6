import { messageOf } from '../../field-error.ts';
import { cellsOf, defaulted, faultsOf } from './judge.ts';
import { ingressKind } from './ingress.ts';

const BACKEND = { service: { name: 'web', port: { number: 80 } } };
const spec = (more: object): object => ({ spec: more });
const path = (more: object): object =>
  spec({ rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: BACKEND, ...more }] } }] });
const host = (name: string): object => spec({ rules: [{ host: name }] });
const backend = (more: object): object => spec({ defaultBackend: more });
const SUBDOMAIN = expect.stringContaining('a lowercase RFC 1123 subdomain must consist of');

describe('ingressKind', () => {
  it.each([
    { name: 'a default backend alone', fields: backend(BACKEND) },
    { name: 'a backend by port name', fields: backend({ service: { name: 'web', port: { name: 'http' } } }) },
    {
      name: 'a backend that is another object',
      fields: backend({ resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'static' } }),
    },
    { name: 'a wildcard host', fields: host('*.example.com') },
    { name: 'any path where the controller decides', fields: path({ path: '/a//b/../c', pathType: 'ImplementationSpecific' }) },
    {
      name: 'TLS',
      fields: spec({ defaultBackend: BACKEND, tls: [{ hosts: ['a.example.com', '*.example.com'], secretName: 'cert' }, {}] }),
    },
  ])('accepts $name', ({ fields }) => {
    expect(faultsOf(ingressKind, fields)).toEqual([]);
  });

  it.each([
    {
      name: 'neither rules nor a backend',
      fields: spec({}),
      want: ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    },
    {
      name: 'an address as host',
      fields: host('10.0.0.1'),
      want: ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    },
    { name: 'a bad host', fields: host('a_b'), want: [SUBDOMAIN] },
    {
      name: 'a wildcard in the middle',
      fields: host('a.*.com'),
      want: [expect.stringContaining("a wildcard DNS-1123 subdomain must start with '*.'")],
    },
    {
      name: 'a rule without paths',
      fields: spec({ rules: [{ http: { paths: [] } }] }),
      want: ['spec.rules[0].http.paths: Required value'],
    },
    {
      name: 'a path without a type',
      fields: path({ pathType: '' }),
      want: ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    },
    {
      name: 'an unknown type of path',
      fields: path({ pathType: 'Regex' }),
      want: [
        'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    },
    {
      name: 'a relative path',
      fields: path({ path: 'a' }),
      want: ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path'],
    },
    {
      name: 'a path that climbs',
      fields: path({ path: '/a/../b' }),
      want: ['spec.rules[0].http.paths[0].path: Invalid value: "/a/../b": must not contain \'/../\''],
    },
    {
      name: 'a path that ends in a dot',
      fields: path({ path: '/a/.' }),
      want: ['spec.rules[0].http.paths[0].path: Invalid value: "/a/.": cannot end with \'/.\''],
    },
    {
      name: 'an empty backend',
      fields: backend({}),
      want: ['spec.defaultBackend: Invalid value: "": resource or service backend is required'],
    },
    {
      name: 'two backends in one',
      fields: backend({ ...BACKEND, resource: { kind: 'A', name: 'b' } }),
      want: ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
    },
    {
      name: 'a backend without a port',
      fields: backend({ service: { name: 'web' } }),
      want: ['spec.defaultBackend: Required value: port name or number is required'],
    },
    {
      name: 'a backend with two ports',
      fields: backend({ service: { name: 'web', port: { name: 'a', number: 1 } } }),
      want: ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
    },
    {
      name: 'a backend without a name',
      fields: backend({ service: { name: '', port: { number: 1 } } }),
      want: ['spec.defaultBackend.service.name: Required value'],
    },
    {
      name: 'a bad reference',
      fields: backend({ resource: { kind: 'a/b', name: '' } }),
      want: [
        'spec.defaultBackend.resource.kind: Invalid value: "a/b": may not contain \'/\'',
        'spec.defaultBackend.resource.name: Required value',
      ],
    },
    { name: 'a bad TLS host', fields: spec({ defaultBackend: BACKEND, tls: [{ hosts: ['A'] }] }), want: [SUBDOMAIN] },
    { name: 'a bad class', fields: spec({ defaultBackend: BACKEND, ingressClassName: 'A B' }), want: [SUBDOMAIN] },
  ])('refuses $name', ({ fields, want }) => {
    expect(faultsOf(ingressKind, fields)).toEqual(want);
  });

  it('judges the addresses in its status', () => {
    const ingress = [{ ip: 'x' }, { hostname: '10.0.0.1' }, { ip: '10.0.0.1' }, { hostname: 'lb.example.com' }];
    const next = defaulted(ingressKind, { ...backend(BACKEND), status: { loadBalancer: { ingress } } });
    expect((ingressKind.validateStatus?.(next, next) ?? []).map(fault => `${fault.field}: ${messageOf(fault)}`)).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
  });

  it.each([
    { name: 'a default backend', fields: backend(BACKEND), want: ['<none>', '*', '', '80'] },
    {
      name: 'hosts and TLS',
      fields: spec({ ingressClassName: 'own', rules: ['a', 'b', 'c', 'd', 'e'].map(name => ({ host: `${name}.io` })), tls: [{}] }),
      want: ['own', 'a.io,b.io,c.io + 2 more...', '', '80, 443'],
    },
    {
      name: 'addresses',
      fields: { ...backend(BACKEND), status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }, { hostname: 'lb.example.com' }] } } },
      want: ['<none>', '*', '10.0.0.1,lb.e...', '80'],
    },
  ])('prints $name', ({ fields, want }) => {
    expect(cellsOf(ingressKind, fields)).toEqual(want);
  });
});
