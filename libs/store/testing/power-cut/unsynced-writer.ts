/** The control: the same promises, made by a database that never syncs. A rig in which this loses nothing proves nothing. */
import { open } from 'lmdb';

const database = open<Buffer, string>({ path: process.argv[2] ?? '', encoding: 'binary', noSync: true });

for (let revision = 1; ; revision++) {
  const key = `/a/${revision}`;
  await database.put(key, Buffer.alloc(2_000, key));
  process.stdout.write(`acknowledged ${key} ${revision}\n`);
}
