import type { AuthConfig } from '@steersman/cri';
import type { Pod, Secret } from '@steersman/types';
import type { PodObjects } from '../pods/pod-objects.ts';

const DOCKER_HUB = 'index.docker.io';

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  /** base64 of user:password. */
  readonly auth?: string;
}

/** What a pod's imagePullSecrets have for the registry of an image, the closest match first. Secrets that are missing are passed over, as upstream does. */
export async function pullCredentials(image: string, { spec }: Pod, objects: Pick<PodObjects, 'secret'>): Promise<readonly AuthConfig[]> {
  const secrets = await Promise.all((spec.imagePullSecrets ?? []).map(({ name = '' }) => objects.secret(name)));
  const repository = repositoryOf(image);
  return secrets
    .flatMap(secret => (secret ? [...authsOf(secret)] : []))
    .map(([place, auth]) => ({ place: place.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, ''), auth }))
    .filter(({ place }) => isWithin(repository, place))
    .sort((a, b) => b.place.length - a.place.length)
    .map(({ place, auth }) => authConfig(place, auth));
}

/** `registry/path` without tag and digest; a bare name is Docker Hub's. */
export function repositoryOf(image: string): string {
  const bare = image.replace(/@sha256:[0-9a-f]+$/, '').replace(/:[^:/]+$/, '');
  const [host = ''] = bare.split('/');
  const hasHost = bare.includes('/') && (host.includes('.') || host.includes(':') || host === 'localhost');
  if (hasHost) return bare.replace(/^docker\.io\//, `${DOCKER_HUB}/`);
  return `${DOCKER_HUB}/${bare.includes('/') ? bare : `library/${bare}`}`;
}

function isWithin(repository: string, place: string): boolean {
  const [host = '', ...path] = place.split('/');
  const [registry = '', ...rest] = repository.split('/');
  const pattern = host.split('*').map(literal).join('[^.]*');
  return new RegExp(`^${pattern}$`).test(registry) && path.every((part, at) => rest[at] === part);
}

const literal = (text: string): string => text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');

/** Both shapes of docker's files: with the wrapping `auths`, and the old one without. */
function authsOf({ data = {} }: Secret): readonly (readonly [string, DockerAuth])[] {
  const wrapped = data['.dockerconfigjson'];
  const bare = data['.dockercfg'];
  if (wrapped !== undefined) return Object.entries((parse(wrapped) as { auths?: Record<string, DockerAuth> }).auths ?? {});
  return bare === undefined ? [] : Object.entries(parse(bare) as Record<string, DockerAuth>);
}

/** {} for what is no JSON: the pull fails and says so. */
function parse(base64: string): object {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as object;
  } catch {
    return {};
  }
}

function authConfig(serverAddress: string, { username, password, auth }: DockerAuth): AuthConfig {
  if (username !== undefined) return { serverAddress, username, ...(password !== undefined && { password }) };
  const [user = '', ...secret] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return { serverAddress, username: user, password: secret.join(':') };
}
