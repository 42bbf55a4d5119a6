import { fieldValue, type NodeAllocatable, resourceValue } from '@steersman/pods';
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  Pod,
  ProjectedVolumeSource,
  SecretVolumeSource,
  Volume,
} from '@steersman/types';
import type { PodObjects } from '../pods/pod-objects.ts';
import type { VolumeFile } from './atomic-writer.ts';

const DEFAULT_MODE = 0o644;

export interface FilesDeps {
  readonly pod: Pod;
  readonly objects: PodObjects;
  readonly allocatable: NodeAllocatable;
}

/** Volumes whose files the kubelet writes and keeps up to date. */
export const isWritten = ({ configMap, secret, downwardAPI, projected }: Volume): boolean =>
  [configMap, secret, downwardAPI, projected].some(source => source !== undefined);

/** Throws what a FailedMount event says. */
export async function volumeFiles(
  { configMap, secret, downwardAPI, projected }: Volume,
  deps: FilesDeps,
): Promise<Map<string, VolumeFile>> {
  if (configMap) return await configMapFiles(configMap, deps, configMap.defaultMode);
  if (secret) return await secretFiles({ ...secret, ...(secret.secretName && { name: secret.secretName }) }, deps, secret.defaultMode);
  if (downwardAPI) return downwardFiles(downwardAPI.items ?? [], deps, downwardAPI.defaultMode);
  return await projectedFiles(projected ?? {}, deps);
}

async function projectedFiles({ sources = [], defaultMode }: ProjectedVolumeSource, deps: FilesDeps): Promise<Map<string, VolumeFile>> {
  const parts = sources.flatMap(({ configMap, secret, downwardAPI, serviceAccountToken }): Promise<Map<string, VolumeFile>>[] => [
    ...(configMap ? [configMapFiles(configMap, deps, defaultMode)] : []),
    ...(secret ? [secretFiles(secret, deps, defaultMode)] : []),
    ...(downwardAPI ? [Promise.resolve(downwardFiles(downwardAPI.items ?? [], deps, defaultMode))] : []),
    ...(serviceAccountToken ? [tokenFile(serviceAccountToken, deps, defaultMode)] : []),
  ]);
  // Of two sources with one path the later one counts.
  return new Map((await Promise.all(parts)).flatMap(files => [...files]));
}

type Keyed = Pick<ConfigMapVolumeSource, 'items' | 'optional' | 'name'>;

async function configMapFiles(source: Keyed, { objects }: FilesDeps, mode?: number): Promise<Map<string, VolumeFile>> {
  const found = await objects.configMap(source.name ?? '');
  if (!found && !source.optional) throw new Error(`configmap "${source.name}" not found`);
  const data = [...textData(found?.data), ...binaryData(found?.binaryData)];
  return pick(new Map(data), source, mode);
}

async function secretFiles(source: Keyed & SecretVolumeSource, { objects }: FilesDeps, mode?: number): Promise<Map<string, VolumeFile>> {
  const found = await objects.secret(source.name ?? '');
  if (!found && !source.optional) throw new Error(`secret "${source.name}" not found`);
  return pick(new Map(binaryData(found?.data)), source, mode);
}

function downwardFiles(
  items: readonly DownwardAPIVolumeFile[],
  { pod, allocatable }: FilesDeps,
  defaultMode?: number,
): Map<string, VolumeFile> {
  return new Map(
    items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
      const named = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
      const value = fieldRef
        ? fieldValue(pod, fieldRef.fieldPath)
        : named && resourceFieldRef && resourceValue(named, resourceFieldRef, allocatable);
      if (value === undefined) throw new Error(`there is no ${fieldRef?.fieldPath ?? resourceFieldRef?.resource} for ${path}`);
      return [path, { data: Buffer.from(value), mode: mode ?? defaultMode ?? DEFAULT_MODE }];
    }),
  );
}

async function tokenFile(
  { path, audience, expirationSeconds }: { readonly path: string; readonly audience?: string; readonly expirationSeconds?: number },
  { objects }: FilesDeps,
  mode?: number,
): Promise<Map<string, VolumeFile>> {
  const token = await objects.serviceAccountToken({ ...(audience && { audience }), expirationSeconds: expirationSeconds ?? 3600 });
  return new Map([[path, { data: Buffer.from(token), mode: mode ?? DEFAULT_MODE }]]);
}

function pick(data: ReadonlyMap<string, Buffer>, { items, optional }: Keyed, defaultMode = DEFAULT_MODE): Map<string, VolumeFile> {
  if (!items) return new Map([...data].map(([key, value]) => [key, { data: value, mode: defaultMode }]));
  const files = new Map<string, VolumeFile>();
  for (const { key, path, mode = defaultMode } of items) {
    const value = data.get(key);
    if (value) files.set(path, { data: value, mode });
    else if (!optional) throw new Error(`references non-existent config key: ${key}`);
  }
  return files;
}

const textData = (data: Readonly<Record<string, string>> = {}): readonly [string, Buffer][] =>
  Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]);

const binaryData = (data: Readonly<Record<string, string>> = {}): readonly [string, Buffer][] =>
  Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
