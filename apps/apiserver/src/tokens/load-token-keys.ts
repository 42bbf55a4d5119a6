import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTokenKeys, type TokenKey } from '@steersman/auth';
import { ConfigError } from '@steersman/config';

export interface TokenKeyFiles {
  /** Signs; '' for a key of our own in `dataDir`, made when it is first needed. */
  readonly signingKeyFile: string;
  /** Prove tokens besides the signing key. */
  readonly keyFiles: readonly string[];
  readonly dataDir: string;
}

export interface TokenKeys {
  readonly signingKey: TokenKey;
  readonly keys: readonly TokenKey[];
}

/** Throws ConfigError for files that hold no usable key. */
export function loadTokenKeys({ signingKeyFile, keyFiles, dataDir }: TokenKeyFiles): TokenKeys {
  const signing =
    signingKeyFile === '' ? ownKey(join(dataDir, 'service-account.key')) : readKeys(signingKeyFile, 'service-account-signing-key-file');
  const [signingKey] = signing;
  if (!signingKey?.privateKey) throw new ConfigError([`--service-account-signing-key-file: ${signingKeyFile} holds no private key`]);
  const others = keyFiles.flatMap(file => readKeys(file, 'service-account-key-file'));
  return { signingKey, keys: [...new Map([...signing, ...others].map(key => [key.id, key])).values()] };
}

function readKeys(file: string, flag: string): readonly TokenKey[] {
  try {
    return readTokenKeys(readFileSync(file, 'utf8'));
  } catch (err) {
    throw new ConfigError([`--${flag}: ${file}: ${(err as Error).message}`]);
  }
}

function ownKey(file: string): readonly TokenKey[] {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    renameSync(`${file}.new`, file); // whoever is killed here leaves no half key
  }
  return readKeys(file, 'data-dir');
}
