import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiObject, findKindOf, type Kind } from '@steersman/types';
import { parseAllDocuments } from 'yaml';

export interface Manifest {
  /** File and number of the document, for messages. */
  readonly source: string;
  readonly kind: Kind;
  readonly object: ApiObject;
}

export interface ReadManifests {
  readonly manifests: readonly Manifest[];
  /** What could not be read: one bad document stops no other. */
  readonly faults: readonly Error[];
}

const MANIFEST = /\.(ya?ml|json)$/;

/** Every object of the folder's YAML and JSON files, in the order of their names. A folder that is not there is empty. */
export function readManifests(folder: string): ReadManifests {
  const faults: Error[] = [];
  const manifests: Manifest[] = [];
  for (const file of filesOf(folder)) {
    const documents = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
    for (const [at, document] of (Array.isArray(documents) ? documents : []).entries()) {
      const source = `${file}, document ${at + 1}`;
      try {
        const [broken] = document.errors;
        if (broken) throw broken;
        const object = document.toJS() as ApiObject | null;
        if (object) manifests.push({ source, object, kind: kindOf(object) });
      } catch (err) {
        faults.push(new Error(`addon ${source}: ${(err as Error).message}`, { cause: err }));
      }
    }
  }
  return { manifests, faults };
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(name => MANIFEST.test(name))
      .sort();
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw err;
  }
}

function kindOf({ apiVersion = '', kind = '', metadata }: Partial<ApiObject>): Kind {
  const found = findKindOf(apiVersion, kind);
  if (!found) throw new Error(`no kind ${kind} in version ${apiVersion}`);
  if (!metadata?.name) throw new Error(`a ${kind} without a name`);
  return found;
}
