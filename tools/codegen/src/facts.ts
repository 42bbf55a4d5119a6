import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the models lack about a field of upstream's Go types. */
export interface MergeFacts {
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
}

/** number, name, type (a scalar, a message's full name, or `map<string,X>`), 1 when repeated. */
export type ProtoField = readonly [number: number, name: string, type: string, repeated: 0 | 1];

export const dataFile = (name: string): string => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

const read = (name: string): unknown => JSON.parse(readFileSync(dataFile(name), 'utf8'));

export class Facts {
  readonly #proto = read('proto-fields.json') as Readonly<Record<string, readonly ProtoField[]>>;
  readonly #merge = read('merge-keys.json') as Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, MergeFacts>>>>>>;
  readonly #descriptions = read('reference-descriptions.json') as Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly #byTail = new Map<string, string[]>();

  constructor() {
    for (const message of Object.keys(this.#proto)) {
      const tail = message.split('.').slice(-2).join('.');
      this.#byTail.set(tail, [...(this.#byTail.get(tail) ?? []), message]);
    }
  }

  /** The protobuf message of a model: V1Pod is k8s.io.api.core.v1.Pod, CoreV1Event k8s.io.api.core.v1.Event. */
  messageOf(model: string): string | undefined {
    const [, group = '', version = '', kind = ''] = /^([A-Z][a-z]+)?(V\d)(\w+)$/.exec(model) ?? [];
    const candidates = (this.#byTail.get(`${version.toLowerCase()}.${kind}`) ?? []).filter(name => !name.includes('testapigroup'));
    const ofGroup = candidates.filter(name => name.split('.').at(-3) === group.toLowerCase());
    const ofMeta = candidates.filter(name => name.includes('.apimachinery.'));
    const [only, ...more] = group !== '' ? ofGroup : ofMeta.length > 0 ? ofMeta : candidates;
    if (more.length > 0) throw new Error(`codegen: ${model} may be any of ${candidates.join(', ')}`);
    return only;
  }

  fieldsOf(message: string): readonly ProtoField[] {
    return this.#proto[message] ?? [];
  }

  /** What a field whose type is another type is for: the models tell only about that type. */
  descriptionOf(message: string, field: string): string | undefined {
    return this.#descriptions[message.replace(/^k8s\.io\./, 'io.k8s.')]?.[field];
  }

  mergeFactsOf(message: string, field: string): MergeFacts {
    const [group = '', version = '', kind = ''] = message.split('.').slice(-3);
    return this.#merge[`${group}/${version}`]?.[kind]?.[field] ?? {};
  }
}
