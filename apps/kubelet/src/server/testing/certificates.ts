import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../testing/certificates');

export const certificateFile = (name: string): string => join(folder, name);

/** What a client with the certificate `name` connects with. */
export const clientTls = (name: 'master' | 'node' | 'stranger') => ({
  cert: readFileSync(certificateFile(`${name}.crt`)),
  key: readFileSync(certificateFile(`${name}.key`)),
  ca: readFileSync(certificateFile('test-authority.crt')),
});
