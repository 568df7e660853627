import { readFileSync } from 'node:fs';

/** Name and version of this server, as package.json has them. */
export const serverVersion: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
