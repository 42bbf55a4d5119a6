import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A field as the models of @kubernetes/client-node tell it. */
export interface ModelField {
  readonly name: string;
  /** In the notation of attributeTypeMap: `Array<V1Container>`, `{ [key: string]: string; }`, `Date`. */
  readonly type: string;
  readonly format: string;
  readonly optional: boolean;
  readonly description: string;
}

export interface Model {
  /** As in client-node: V1Pod, CoreV1Event. */
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

/** Stable API versions only. */
const MODEL_NAME = /^([A-Z][a-z]+)?V[12][A-Z]\w*$/;

interface ModelClass {
  readonly attributeTypeMap?: readonly { readonly baseName: string; readonly type: string; readonly format: string }[];
}

export async function loadModels(): Promise<readonly Model[]> {
  const folder = join(createRequire(import.meta.url).resolve('@kubernetes/client-node/package.json'), '..', 'dist', 'gen', 'models');
  const classes = (await import(join(folder, 'all.js'))) as Record<string, ModelClass | undefined>;
  return Object.entries(classes)
    .filter(([name, model]) => MODEL_NAME.test(name) && model?.attributeTypeMap)
    .map(([name, model]) => toModel(name, { model, declaration: readFileSync(join(folder, `${name}.d.ts`), 'utf8') }));
}

function toModel(name: string, { model, declaration }: { readonly model: ModelClass | undefined; readonly declaration: string }): Model {
  const { description, members } = parseDeclaration(declaration);
  const fields = (model?.attributeTypeMap ?? []).map(({ baseName, type, format }): ModelField => {
    const member = members.get(baseName) ?? members.get(`_${baseName}`);
    return { name: baseName, type, format, optional: member?.optional ?? true, description: member?.description ?? '' };
  });
  return { name, description, fields };
}

interface Member {
  readonly optional: boolean;
  readonly description: string;
}

/** Reads optionality and doc comments, which the type map lacks, off a generated declaration file. */
function parseDeclaration(text: string): { readonly description: string; readonly members: ReadonlyMap<string, Member> } {
  const members = new Map<string, Member>();
  let description = '';
  let comment: string[] = [];
  for (const line of text.split('\n')) {
    const member = /^ {4}'([^']+)'(\?)?:/.exec(line);
    if (line.trim() === '/**') comment = [];
    else if (/^\s*\*(?!\/)/.test(line)) comment.push(line.replace(/^\s*\* ?/, ''));
    else if (line.startsWith('export declare class')) description = toText(comment.splice(0));
    else if (member?.[1]) members.set(member[1], { optional: member[2] === '?', description: toText(comment.splice(0)) });
  }
  return { description, members };
}

const toText = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .replaceAll(/\\(['"`])/g, '$1')
    .trim();
