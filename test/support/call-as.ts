import type { Caller } from './write-load.js';
import { callFhir } from './server-process.js';

/** Requests to one FHIR base with one token. */
export const callAs =
  (base: string, token: string): Caller =>
  (method, path, body, headers) =>
    callFhir(base, { method, path, token, ...(body && { body }), ...(headers && { headers }) });
