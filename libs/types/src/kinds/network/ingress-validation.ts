import { checkDns1035Label, checkSubdomain } from '@steersman/labels';
import type {
  HTTPIngressPath,
  IngressBackend,
  IngressRule,
  IngressSpec,
  IngressStatus,
  TypedLocalObjectReference,
} from '../../gen/types.ts';
import { checked, checkPortName, each, type Faults, invalidValue, oneOf, portNumber, required } from '../../validation/faults.ts';
import { checkIp, isIpv4, isIpv6 } from '../../validation/ip.ts';
import { checkPathSegment } from '../../validation/path-segment.ts';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];
const NOT_A_NAME = 'must be a DNS name, not an IP address';
const WILDCARD = /^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function validateIngressSpec({ rules, defaultBackend, tls, ingressClassName }: IngressSpec): Faults {
  return [
    ...((rules ?? []).length === 0 && !defaultBackend
      ? invalidValue('spec', rules, 'either `defaultBackend` or `rules` must be specified')
      : []),
    ...(defaultBackend ? validateBackend(defaultBackend, 'spec.defaultBackend') : []),
    ...each(rules, 'spec.rules', validateRule),
    ...each(tls, 'spec.tls', ({ hosts, secretName }, field) => [
      ...each(hosts, `${field}.hosts`, (host, path) => checked(path, host, checkHost)),
      ...(secretName ? checked(`${field}.secretName`, secretName, checkSubdomain) : []),
    ]),
    ...(ingressClassName === undefined ? [] : checked('spec.ingressClassName', ingressClassName, checkSubdomain)),
  ];
}

export const validateIngressStatus = ({ loadBalancer }: IngressStatus): Faults =>
  each(loadBalancer?.ingress, 'status.loadBalancer.ingress', ({ ip, hostname }, field) => [
    ...(ip ? checked(`${field}.ip`, ip, checkIp) : []),
    ...(hostname ? checked(`${field}.hostname`, hostname, checkSubdomain) : []),
    ...(hostname && isIp(hostname) ? invalidValue(`${field}.hostname`, hostname, NOT_A_NAME) : []),
  ]);

const isIp = (value: string): boolean => isIpv4(value) || isIpv6(value);

const checkHost = (host: string): readonly string[] => (host.includes('*') ? checkWildcard(host) : checkSubdomain(host));

const checkWildcard = (host: string): readonly string[] =>
  WILDCARD.test(host)
    ? []
    : [
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character " +
          "(e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ];

function validateRule({ host, http }: IngressRule, field: string): Faults {
  return [
    ...(host && isIp(host) ? invalidValue(`${field}.host`, host, NOT_A_NAME) : []),
    ...(host ? checked(`${field}.host`, host, checkHost) : []),
    ...(http && (http.paths ?? []).length === 0 ? required(`${field}.http.paths`) : []),
    ...each(http?.paths, `${field}.http.paths`, validatePath),
  ];
}

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, field: string): Faults {
  if (!pathType) return required(`${field}.pathType`, 'pathType must be specified');
  return [
    ...validatePathText(path, pathType, `${field}.path`),
    ...oneOf(`${field}.pathType`, pathType, PATH_TYPES),
    ...validateBackend(backend, `${field}.backend`),
  ];
}

function validatePathText(path: string, pathType: string, field: string): Faults {
  const isAbsolute = path.startsWith('/');
  if (pathType === 'ImplementationSpecific') return path === '' || isAbsolute ? [] : invalidValue(field, path, 'must be an absolute path');
  if (!PATH_TYPES.includes(pathType)) return [];
  return [
    ...(isAbsolute ? [] : invalidValue(field, path, 'must be an absolute path')),
    ...BAD_SEQUENCES.filter(part => path.includes(part)).flatMap(part => invalidValue(field, path, `must not contain '${part}'`)),
    ...BAD_ENDS.filter(end => path.endsWith(end)).flatMap(end => invalidValue(field, path, `cannot end with '${end}'`)),
  ];
}

function validateBackend({ resource, service }: IngressBackend, field: string): Faults {
  if (resource && service) return invalidValue(field, '', 'cannot set both resource and service backends');
  if (resource) return validateReference(resource, `${field}.resource`);
  if (!service) return invalidValue(field, '', 'resource or service backend is required');
  const { name, port = {} } = service;
  return [
    ...(name ? checked(`${field}.service.name`, name, checkDns1035Label) : required(`${field}.service.name`)),
    ...validateBackendPort(port, field),
  ];
}

function validateBackendPort({ name, number }: { readonly name?: string; readonly number?: number }, field: string): Faults {
  if (name && number) return invalidValue(field, '', 'cannot set both port name & port number');
  if (name) return checked(`${field}.service.port.name`, name, checkPortName);
  return number ? portNumber(`${field}.service.port.number`, number) : required(field, 'port name or number is required');
}

/** What a reference to another object has, wherever it stands. */
export function validateReference({ apiGroup, kind, name }: TypedLocalObjectReference, field: string): Faults {
  return [
    ...(apiGroup === undefined ? [] : checked(`${field}.apiGroup`, apiGroup, checkSubdomain)),
    ...(kind ? checked(`${field}.kind`, kind, checkPathSegment) : required(`${field}.kind`)),
    ...(name ? checked(`${field}.name`, name, checkPathSegment) : required(`${field}.name`)),
  ];
}
