import { StatusError } from '@steersman/status';
import { type ApiObject, groupVersion, type Kind, normalize } from '@steersman/types';
import { decodeBody } from '@steersman/wire';
import { badRequest } from './errors.ts';
import type { ApiRequest } from './request.ts';

export interface Decoded<T extends ApiObject = ApiObject> {
  readonly object: T;
  readonly warnings: readonly string[];
}

type Expected = Pick<Kind, 'group' | 'version' | 'kind' | 'schema'>;

/** The object in a request's body. Fields its type does not have are refused, told or dropped, as `fieldValidation` says. */
export function decodeObject(request: Pick<ApiRequest, 'body' | 'contentType' | 'options'>, expected: Expected): Decoded {
  const { body, contentType, options } = request;
  const { json, faults } = decodeBody({ body, contentType, schema: expected.schema });
  return typed(json, expected, { options, faults });
}

/** Same for JSON that did not come as a body: the result of a patch. */
export function typed(
  json: unknown,
  expected: Expected,
  { options, faults = [] }: { readonly options: URLSearchParams; readonly faults?: readonly string[] },
): Decoded {
  checkType(json, expected);
  const { object, unknownFields } = normalize(expected.schema, json);
  const warnings = [...faults, ...unknownFields.map(field => `unknown field ${JSON.stringify(field)}`)];
  if (warnings.length > 0 && validationOf(options) === 'Strict') {
    throw badRequest(
      `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: strict decoding error: ${warnings.join(', ')}`,
    );
  }
  const complete = { metadata: {}, ...object } as unknown as ApiObject; // the decoding edge: normalize has checked it against the schema
  return { object: complete, warnings: validationOf(options) === 'Warn' ? warnings : [] };
}

/** Absent apiVersion and kind are those of the address. */
function checkType(json: unknown, { group, version, kind }: Expected): void {
  const { apiVersion, kind: name } = (json ?? {}) as { apiVersion?: unknown; kind?: unknown };
  if (!isText(apiVersion) || !isText(name))
    throw badRequest("couldn't get version/kind; json parse error: apiVersion and kind must be strings");
  const wanted = groupVersion({ group, version });
  if (name !== undefined && name !== '' && name !== kind) {
    throw badRequest(
      `${name} in version ${JSON.stringify(apiVersion ?? '')} cannot be handled as a ${kind}: converting (v1.${name}) to (v1.${kind}): unknown conversion`,
    );
  }
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== wanted) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`);
  }
}

const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';

function validationOf(options: URLSearchParams): 'Ignore' | 'Warn' | 'Strict' {
  const value = options.get('fieldValidation') || 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Warn", "Strict"`);
}

/** Whether nothing may be stored. */
export function isDryRun(values: readonly string[]): boolean {
  const given = values.filter(value => value !== '');
  const wrong = given.find(value => value !== 'All');
  if (wrong !== undefined) throw new StatusError('Invalid', `dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`);
  return given.length > 0;
}
