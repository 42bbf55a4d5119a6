import { type TokenKey, toJwks } from '@steersman/auth';
import { type Document, jsonDocument } from '../rest/documents.ts';

export interface IssuerDocumentsOptions {
  readonly issuer: string;
  /** Where clients find us, as `host:port`. */
  readonly address: string;
  readonly keys: readonly TokenKey[];
}

const JWKS_PATH = '/openid/v1/jwks';

/** OpenID Connect Discovery 1.0: how others verify tokens of this cluster's accounts without asking it each time. */
export function issuerDocuments({ issuer, address, keys }: IssuerDocumentsOptions): ReadonlyMap<string, Document> {
  const configuration = {
    issuer,
    jwks_uri: `https://${address}${JWKS_PATH}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ algorithm }) => algorithm))],
  };
  return new Map([
    ['/.well-known/openid-configuration', jsonDocument(configuration)],
    [JWKS_PATH, jsonDocument(toJwks(keys), 'application/jwk-set+json')],
  ]);
}
