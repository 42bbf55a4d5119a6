import { checkLabelName, checkQualifiedName, checkSubdomain } from '@steersman/labels';
import type { Container, EnvVar, Probe, ResourceRequirements, VolumeMount } from '../../gen/types.ts';
import { compareQuantities, parseQuantity } from '../../quantity.ts';
import {
  checked,
  checkPortName,
  duplicate,
  each,
  type Faults,
  forbidden,
  invalidValue,
  notFound,
  notNegative,
  oneOf,
  portNumber,
  portNumberOrName,
  required,
  unique,
} from '../../validation/faults.ts';

/** What the checks of one container know of its pod. */
export interface ContainerPlace {
  readonly field: string;
  readonly volumes: ReadonlySet<string>;
  readonly isInit: boolean;
  readonly hostNetwork: boolean;
}

export function validateContainer(container: Container, place: ContainerPlace): Faults {
  const { field } = place;
  return [
    ...(container.name ? checked(`${field}.name`, container.name, checkLabelName) : required(`${field}.name`)),
    ...validateImage(container.image, `${field}.image`),
    ...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...oneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validatePorts(container, place),
    ...each(container.env, `${field}.env`, validateEnv),
    ...each(container.envFrom, `${field}.envFrom`, (source, path) =>
      source.configMapRef || source.secretRef ? [] : invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'),
    ),
    ...validateMounts(container.volumeMounts, place),
    ...validateResources(container.resources, `${field}.resources`),
    ...validateProbes(container, place),
    ...validateLifecycle(container, place),
    ...(container.securityContext?.privileged && container.securityContext.allowPrivilegeEscalation === false
      ? invalidValue(
          `${field}.securityContext`,
          container.securityContext,
          'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
        )
      : []),
  ];
}

function validateImage(image: string | undefined, field: string): Faults {
  if (!image) return required(field);
  return image.trim() === image ? [] : invalidValue(field, image, 'must not have leading or trailing whitespace');
}

function validatePorts({ ports }: Container, { field, hostNetwork }: ContainerPlace): Faults {
  return [
    ...each(ports, `${field}.ports`, ({ name, containerPort, hostPort, protocol }, path) => [
      ...(name ? checked(`${path}.name`, name, checkPortName) : []),
      ...(containerPort === undefined || containerPort === 0
        ? required(`${path}.containerPort`)
        : portNumber(`${path}.containerPort`, containerPort)),
      ...(hostPort ? portNumber(`${path}.hostPort`, hostPort) : []),
      ...(hostNetwork && hostPort !== containerPort
        ? invalidValue(`${path}.containerPort`, containerPort, 'must match `hostPort` when `hostNetwork` is true')
        : []),
      ...oneOf(`${path}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']),
    ]),
    ...unique(
      ports,
      ({ name }) => name,
      at => `${field}.ports[${at}].name`,
    ),
  ];
}

function validateEnv({ name, value, valueFrom }: EnvVar, field: string): Faults {
  const sources = Object.keys(valueFrom ?? {});
  return [
    ...(name ? checked(`${field}.name`, name, checkEnvName) : required(`${field}.name`)),
    ...(valueFrom && value ? invalidValue(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty') : []),
    ...(valueFrom && sources.length === 0
      ? invalidValue(`${field}.valueFrom`, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`')
      : []),
    ...(sources.length > 1 ? invalidValue(`${field}.valueFrom`, '', 'may not have more than one field specified at a time') : []),
    ...(valueFrom?.fieldRef && !valueFrom.fieldRef.fieldPath ? required(`${field}.valueFrom.fieldRef.fieldPath`) : []),
    ...(
      [
        ['configMapKeyRef', valueFrom?.configMapKeyRef],
        ['secretKeyRef', valueFrom?.secretKeyRef],
      ] as const
    ).flatMap(([source, ref]) => [
      ...(ref && !ref.name ? required(`${field}.valueFrom.${source}.name`) : []),
      ...(ref && !ref.key ? required(`${field}.valueFrom.${source}.key`) : []),
    ]),
  ];
}

const checkEnvName = (value: string): readonly string[] =>
  /^[ -<>-~]+$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

function validateMounts(mounts: readonly VolumeMount[] | undefined, { field, volumes }: ContainerPlace): Faults {
  const paths = new Set<string>();
  return each(mounts, `${field}.volumeMounts`, ({ name, mountPath, subPath }, path) => {
    const isTaken = paths.has(mountPath);
    paths.add(mountPath);
    return [
      ...(name ? (volumes.has(name) ? [] : notFound(`${path}.name`, name)) : required(`${path}.name`)),
      ...(mountPath ? [] : required(`${path}.mountPath`)),
      ...(isTaken ? invalidValue(`${path}.mountPath`, mountPath, 'must be unique') : []),
      ...(subPath?.startsWith('/') ? invalidValue(`${path}.subPath`, subPath, 'must be a relative path') : []),
      ...(subPath?.split('/').includes('..') ? invalidValue(`${path}.subPath`, subPath, "must not contain '..'") : []),
    ];
  });
}

const STANDARD_RESOURCES = ['cpu', 'memory', 'ephemeral-storage'];

export function validateResources(resources: ResourceRequirements | undefined, field: string): Faults {
  const { limits = {}, requests = {} } = resources ?? {};
  const ofList = (list: Readonly<Record<string, string>>, path: string): Faults =>
    Object.entries(list).flatMap(([name, quantity]) => [
      ...(name.includes('/')
        ? checked(`${path}[${name}]`, name, checkQualifiedName)
        : isStandard(name)
          ? []
          : invalidValue(`${path}[${name}]`, name, 'must be a standard resource for containers')),
      ...((parseQuantity(quantity)?.nano ?? 0n) < 0n
        ? invalidValue(`${path}[${name}]`, quantity, 'must be greater than or equal to 0')
        : []),
    ]);
  return [
    ...ofList(limits, `${field}.limits`),
    ...ofList(requests, `${field}.requests`),
    ...Object.entries(requests).flatMap(([name, request]) => {
      const limit = limits[name];
      return limit !== undefined && compareQuantities(request, limit) > 0
        ? invalidValue(`${field}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
        : [];
    }),
  ];
}

const isStandard = (name: string): boolean => STANDARD_RESOURCES.includes(name) || name.startsWith('hugepages-');

function validateProbes(container: Container, { field, isInit }: ContainerPlace): Faults {
  const probes = [
    ['livenessProbe', container.livenessProbe],
    ['readinessProbe', container.readinessProbe],
    ['startupProbe', container.startupProbe],
  ] as const;
  return probes.flatMap(([name, probe]) => {
    if (!probe) return [];
    if (isInit && container.restartPolicy !== 'Always')
      return forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always');
    const path = `${field}.${name}`;
    return [
      ...validateProbe(probe, path),
      ...(name !== 'readinessProbe' && probe.successThreshold !== 1
        ? invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1')
        : []),
    ];
  });
}

function validateProbe(probe: Probe, field: string): Faults {
  return [
    ...validateHandler(probe, field),
    ...notNegative(`${field}.initialDelaySeconds`, probe.initialDelaySeconds),
    ...notNegative(`${field}.timeoutSeconds`, probe.timeoutSeconds),
    ...notNegative(`${field}.periodSeconds`, probe.periodSeconds),
    ...notNegative(`${field}.successThreshold`, probe.successThreshold),
    ...notNegative(`${field}.failureThreshold`, probe.failureThreshold),
  ];
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>;

function validateHandler({ exec, httpGet, tcpSocket, grpc }: Handler, field: string): Faults {
  const given = [exec, httpGet, tcpSocket, grpc].filter(Boolean).length;
  if (given === 0) return required(field, 'must specify a handler type');
  return [
    ...(given > 1 ? forbidden(field, 'may not specify more than 1 handler type') : []),
    ...(exec && (exec.command ?? []).length === 0 ? required(`${field}.exec.command`) : []),
    ...(httpGet
      ? [
          ...portNumberOrName(`${field}.httpGet.port`, httpGet.port),
          ...oneOf(`${field}.httpGet.scheme`, httpGet.scheme ?? 'HTTP', ['HTTP', 'HTTPS']),
        ]
      : []),
    ...(tcpSocket ? portNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port) : []),
    ...(grpc ? portNumber(`${field}.grpc.port`, grpc.port) : []),
  ];
}

function validateLifecycle({ lifecycle, restartPolicy }: Container, { field, isInit }: ContainerPlace): Faults {
  if (!lifecycle) return [];
  if (isInit && restartPolicy !== 'Always')
    return forbidden(`${field}.lifecycle`, 'may not be set for init containers without restartPolicy=Always');
  return (
    [
      ['postStart', lifecycle.postStart],
      ['preStop', lifecycle.preStop],
    ] as const
  ).flatMap(([name, handler]) => {
    if (!handler || handler.sleep) return [];
    return validateHandler(handler, `${field}.lifecycle.${name}`);
  });
}

/** Host ports must not meet within one pod. */
export function validateHostPorts(containers: readonly Container[], field: string): Faults {
  const seen = new Set<string>();
  return containers.flatMap(({ ports }, at) =>
    each(ports, `${field}[${at}].ports`, ({ hostPort, hostIP, protocol }, path) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP ?? '0.0.0.0'}/${hostPort}`;
      if (seen.has(key)) return duplicate(`${path}.hostPort`, key);
      seen.add(key);
      return [];
    }),
  );
}

export const checkVolumeName = checkLabelName;
export const checkObjectName = checkSubdomain;
