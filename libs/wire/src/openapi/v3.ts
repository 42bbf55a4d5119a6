import { type Descriptions, groupVersion, type Kind } from '@steersman/types';
import { groupVersionsOf } from '../discovery.ts';
import { definitionsOf } from './definitions.ts';
import { definitionName, type Operation, operationsOf, PATCH_TYPES } from './paths.ts';

const BASE = '#/components/schemas/';

/** `api/v1`, `apis/apps/v1`: how OpenAPI 3 names a group and version. */
export const openApiV3Name = (of: { readonly group: string; readonly version: string }): string =>
  of.group === '' ? `api/${of.version}` : `apis/${groupVersion(of)}`;

/** GET /openapi/v3. The hash is part of the address, so that clients may keep what they got. */
export const openApiV3Index = (kinds: readonly Kind[], hash: string): object => ({
  paths: Object.fromEntries(
    groupVersionsOf(kinds).map(of => [openApiV3Name(of), { serverRelativeURL: `/openapi/v3/${openApiV3Name(of)}?hash=${hash}` }]),
  ),
});

/** GET /openapi/v3/<name>; undefined when nobody serves it. */
export function openApiV3({
  kinds,
  descriptions,
  version,
  name,
}: {
  readonly kinds: readonly Kind[];
  readonly descriptions: Descriptions;
  readonly version: string;
  readonly name: string;
}): object | undefined {
  const served = kinds.filter(kind => openApiV3Name(kind) === name);
  if (served.length === 0) return undefined;
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of served.flatMap(operationsOf)) (paths[operation.path] ??= {})[operation.method] = toV3(operation);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths,
    components: { schemas: definitionsOf({ kinds: served, descriptions, base: BASE }) },
  };
}

const reference = (schema: string): object => ({ $ref: `${BASE}${definitionName(schema)}` });

function toV3({ method, id, description, action, kind, parameters, body, answer }: Operation): object {
  const content = (types: readonly string[], schema: object): object => Object.fromEntries(types.map(type => [type, { schema }]));
  return {
    description,
    operationId: id,
    parameters: parameters.map(({ type, ...parameter }) => ({ ...parameter, schema: { type, uniqueItems: true } })),
    ...(body !== undefined && { requestBody: { content: content(['*/*'], reference(body)) } }),
    ...(method === 'patch' && { requestBody: { content: content(PATCH_TYPES, { type: 'object' }), required: true } }),
    responses: { 200: { description: 'OK', content: content(['application/json'], reference(answer)) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}
