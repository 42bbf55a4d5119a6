import type { Container, EnvVar, Pod } from '@steersman/types';
import { expand } from './expand.ts';
import { fieldValue } from './field-ref.ts';
import { type NodeAllocatable, resourceValue } from './resource-field.ts';

/** Key to value of a ConfigMap or Secret; undefined when there is no such object. */
export type Lookup = (name: string) => Readonly<Record<string, string>> | undefined;

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly configMaps: Lookup;
  readonly secrets: Lookup;
  /** Variables of the Services the pod sees: the container's own beat them. */
  readonly services: ReadonlyMap<string, string>;
  readonly allocatable: NodeAllocatable;
}

/** Either the variables in order, or why there are none: the text of a CreateContainerConfigError. */
export type Environment =
  { readonly ok: true; readonly variables: ReadonlyMap<string, string> } | { readonly ok: false; readonly message: string };

export function resolveEnvironment(input: EnvironmentInput): Environment {
  const { container, services } = input;
  const own = new Map<string, string>();
  try {
    for (const source of container.envFrom ?? []) for (const [key, value] of fromSource(source, input)) own.set(key, value);
    for (const variable of container.env ?? []) {
      const value = valueOf(variable, input, known => own.get(known) ?? services.get(known));
      if (value !== undefined) own.set(variable.name, value);
    }
  } catch (err) {
    if (err instanceof MissingSource) return { ok: false, message: err.message };
    throw err;
  }
  return { ok: true, variables: new Map([...[...services].filter(([name]) => !own.has(name)), ...own]) };
}

/** The names a container's environment refers to, so that they can be read first. */
export function environmentSources({ env = [], envFrom = [] }: Container): {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
} {
  const present = (names: readonly (string | undefined)[]): readonly string[] => [...new Set(names.filter(name => name !== undefined))];
  return {
    configMaps: present([
      ...envFrom.map(({ configMapRef }) => configMapRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ]),
    secrets: present([...envFrom.map(({ secretRef }) => secretRef?.name), ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)]),
  };
}

class MissingSource extends Error {}

function fromSource(
  { prefix = '', configMapRef, secretRef }: NonNullable<Container['envFrom']>[number],
  { configMaps, secrets }: EnvironmentInput,
): readonly (readonly [string, string])[] {
  const reference = configMapRef ?? secretRef;
  if (!reference?.name) return [];
  const data = (configMapRef ? configMaps : secrets)(reference.name);
  if (!data && !reference.optional) throw new MissingSource(`${configMapRef ? 'configmap' : 'secret'} "${reference.name}" not found`);
  return Object.entries(data ?? {}).map(([key, value]) => [`${prefix}${key}`, value]);
}

function valueOf(
  { name, value = '', valueFrom }: EnvVar,
  { pod, container, configMaps, secrets, allocatable }: EnvironmentInput,
  known: (name: string) => string | undefined,
): string | undefined {
  if (!valueFrom) return expand(value, { get: known } as ReadonlyMap<string, string>);
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  const namespace = pod.metadata.namespace ?? '';
  if (configMapKeyRef)
    return keyOf(configMapKeyRef, { kind: 'configmap', find: configMaps, place: `ConfigMap ${namespace}/${configMapKeyRef.name}` });
  if (secretKeyRef) return keyOf(secretKeyRef, { kind: 'secret', find: secrets, place: `Secret ${namespace}/${secretKeyRef.name}` });
  if (fieldRef) return required(fieldValue(pod, fieldRef.fieldPath), `variable ${name}: there is no field ${fieldRef.fieldPath}`);
  if (!resourceFieldRef) return undefined;
  const of =
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(other => other.name === resourceFieldRef.containerName) ?? container;
  return required(resourceValue(of, resourceFieldRef, allocatable), `variable ${name}: there is no resource ${resourceFieldRef.resource}`);
}

function keyOf(
  { name = '', key, optional }: { readonly name?: string; readonly key: string; readonly optional?: boolean },
  { kind, find, place }: { readonly kind: string; readonly find: Lookup; readonly place: string },
): string | undefined {
  const data = find(name);
  if (!data && !optional) throw new MissingSource(`${kind} "${name}" not found`);
  const value = data?.[key];
  if (value === undefined && !optional) throw new MissingSource(`couldn't find key ${key} in ${place}`);
  return value;
}

function required(value: string | undefined, message: string): string {
  if (value === undefined) throw new MissingSource(message);
  return value;
}
