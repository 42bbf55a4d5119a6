import { StatusError } from '@steersman/status';
import type { Kind } from '@steersman/types';

/*
 * Refusals in upstream's words, which users and their scripts know.
 */

type Named = Pick<Kind, 'group' | 'plural'>;

const qualified = ({ group, plural }: Named): string => (group ? `${plural}.${group}` : plural);
const details = ({ group, plural }: Named, name: string): { name: string; group?: string; kind: string } => ({
  name,
  ...(group && { group }),
  kind: plural,
});

export const notFound = (kind: Named, name: string): StatusError =>
  new StatusError('NotFound', `${qualified(kind)} ${JSON.stringify(name)} not found`, { details: details(kind, name) });

export const alreadyExists = (kind: Named, name: string): StatusError =>
  new StatusError('AlreadyExists', `${qualified(kind)} ${JSON.stringify(name)} already exists`, { details: details(kind, name) });

export const conflict = (kind: Named, name: string, why: string): StatusError =>
  new StatusError('Conflict', `Operation cannot be fulfilled on ${qualified(kind)} ${JSON.stringify(name)}: ${why}`, {
    details: details(kind, name),
  });

export const modified = (kind: Named, name: string): StatusError =>
  conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const refused = (kind: Named, name: string, why: string): StatusError =>
  new StatusError('Forbidden', `${qualified(kind)} ${JSON.stringify(name)} is forbidden: ${why}`, { details: details(kind, name) });

export const badRequest = (message: string): StatusError => new StatusError('BadRequest', message);

export const notAllowed = (): StatusError =>
  new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');

export const noSuchResource = (): StatusError => new StatusError('NotFound', 'the server could not find the requested resource');
