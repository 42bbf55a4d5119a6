import { createHash } from 'node:crypto';
import { VERSION } from '@steersman/service';
import { KINDS, loadDescriptions } from '@steersman/types';
import {
  aggregatedDiscovery,
  apiGroupDocument,
  apiGroupList,
  apiResourceList,
  apiVersions,
  encodeGnostic,
  openApiV2,
  openApiV3,
  openApiV3Index,
} from '@steersman/wire';
import { mediaRanges } from './accept.ts';

export interface Document {
  /** Names this content, so that clients need not take it again. */
  readonly etag: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const JSON_TYPE = 'application/json';
const GNOSTIC = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** How clients before 1.27 ask for it. It is no valid media type, so that old clients cannot read it in an answer. */
const GNOSTIC_OLD = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

const document = (contentType: string, body: Buffer): Document => ({
  contentType,
  body,
  etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase().slice(0, 128)}"`,
});
/** A document of JSON, named by its content. */
export const jsonDocument = (value: object, contentType = JSON_TYPE): Document => document(contentType, Buffer.from(JSON.stringify(value)));

/** What the API says about itself: discovery, OpenAPI and the version. Each document is made once, when it is first asked for. */
export class Documents {
  readonly #address: string;
  readonly #others: ReadonlyMap<string, Document>;
  readonly #made = new Map<string, Promise<Document | undefined>>();
  /** The registry does not change while we run: what it was made from names the documents. */
  readonly #hash = createHash('sha256')
    .update(VERSION.gitVersion)
    .update(
      JSON.stringify(KINDS.map(({ group, version, kind, subresources }) => [group, version, kind, subresources?.map(({ name }) => name)])),
    )
    .digest('hex')
    .toUpperCase();

  /** `address` is where clients find us, as `host:port`; `others` are documents by their paths. */
  constructor(address: string, others: ReadonlyMap<string, Document> = new Map()) {
    this.#address = address;
    this.#others = others;
  }

  /** Undefined when there is nothing at this path. */
  find(path: string, accept: string | undefined): Promise<Document | undefined> {
    const form = formOf(path, accept);
    const key = `${path}#${form}`;
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(path, form);
      this.#made.set(key, made);
    }
    return made;
  }

  async #make(path: string, form: string): Promise<Document | undefined> {
    const [, root = '', ...rest] = path.split('/');
    const other = this.#others.get(path);
    if (other) return other;
    if (path === '/version' || path === '/version/') return jsonDocument(versionInfo());
    if (root === 'openapi') return this.#openApi(rest, form);
    if ((root === 'api' || root === 'apis') && rest.length === 0) return this.#discovery(root, form);
    if (root === 'api' && rest.length === 1) return optional(apiResourceList(KINDS, { group: '', version: rest[0] ?? '' }));
    if (root !== 'apis') return undefined;
    const [group = '', version] = rest;
    return optional(
      version === undefined ? apiGroupDocument(KINDS, group) : rest.length === 2 ? apiResourceList(KINDS, { group, version }) : undefined,
    );
  }

  #discovery(root: 'api' | 'apis', form: string): Document {
    if (form === 'v2' || form === 'v2beta1') {
      return jsonDocument(
        aggregatedDiscovery(KINDS, { core: root === 'api', version: form }),
        `${JSON_TYPE};g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`,
      );
    }
    return jsonDocument(root === 'api' ? apiVersions(this.#address) : apiGroupList(KINDS));
  }

  async #openApi([which, ...name]: readonly string[], form: string): Promise<Document | undefined> {
    const version = VERSION.gitVersion;
    if (which === 'v3' && name.length === 0) return jsonDocument(openApiV3Index(KINDS, this.#hash));
    const descriptions = await loadDescriptions();
    if (which === 'v3') return optional(openApiV3({ kinds: KINDS, descriptions, version, name: name.join('/') }));
    if (which !== 'v2' || name.length > 0) return undefined;
    const api = openApiV2({ kinds: KINDS, descriptions, version });
    return form === 'gnostic' ? document(GNOSTIC, Buffer.from(encodeGnostic(api))) : jsonDocument(api);
  }
}

const optional = (value: object | undefined): Document | undefined => value && jsonDocument(value);

/** Which of a document's forms the client prefers; only discovery and OpenAPI 2 have more than one. */
function formOf(path: string, accept: string | undefined): string {
  for (const { type, parameters } of mediaRanges(accept)) {
    if (path === '/openapi/v2' && (type === GNOSTIC || type === GNOSTIC_OLD)) return 'gnostic';
    if ((path === '/api' || path === '/apis') && parameters.get('g') === 'apidiscovery.k8s.io' && type === JSON_TYPE) {
      const version = parameters.get('v') ?? '';
      if (version === 'v2' || version === 'v2beta1') return version;
    } else if (type === JSON_TYPE || type === '*/*') return 'json';
  }
  return 'json';
}

const versionInfo = (): object => ({
  major: VERSION.major,
  minor: VERSION.minor,
  gitVersion: VERSION.gitVersion,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `node ${process.version}`,
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});
