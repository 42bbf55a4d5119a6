import type { Descriptions, Kind } from '@steersman/types';
import { definitionsOf, type SchemaObject } from './definitions.ts';
import { definitionName, type Operation, operationsOf, PATCH_TYPES } from './paths.ts';

export interface OpenApiV2 {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationV2>>>>;
  readonly definitions: Readonly<Record<string, SchemaObject>>;
}

export interface OperationV2 {
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly ParameterV2[];
  readonly responses: Readonly<Record<string, object>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': Operation['kind'];
}

export interface ParameterV2 {
  readonly name: string;
  readonly in: 'query' | 'path' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly schema?: SchemaObject;
}

const BASE = '#/definitions/';

/** The whole API as one OpenAPI 2 document, which kubectl up to 1.28 validates with. */
export function openApiV2({
  kinds,
  descriptions,
  version,
}: {
  readonly kinds: readonly Kind[];
  readonly descriptions: Descriptions;
  readonly version: string;
}): OpenApiV2 {
  const paths: Record<string, Record<string, OperationV2>> = {};
  for (const operation of kinds.flatMap(operationsOf)) (paths[operation.path] ??= {})[operation.method] = toV2(operation);
  return { swagger: '2.0', info: { title: 'Kubernetes', version }, paths, definitions: definitionsOf({ kinds, descriptions, base: BASE }) };
}

const reference = (schema: string): SchemaObject => ({ $ref: `${BASE}${definitionName(schema)}` });

function toV2({ method, id, description, action, kind, parameters, body, answer }: Operation): OperationV2 {
  const bodySchema = method === 'patch' ? { type: 'object' } : body !== undefined ? reference(body) : undefined;
  return {
    description,
    operationId: id,
    consumes: method === 'patch' ? PATCH_TYPES : ['*/*'],
    produces: ['application/json'],
    parameters: [
      ...(bodySchema ? [{ name: 'body', in: 'body' as const, required: method !== 'delete', schema: bodySchema }] : []),
      ...parameters,
    ],
    responses: { 200: { description: 'OK', schema: reference(answer) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
}
