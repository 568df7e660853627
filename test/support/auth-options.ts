import type { AuthOptions } from '../../src/auth/auth-options.js';
import type { CredentialSource } from '../../src/auth/credentials/credentials.js';

export const fhirBase = 'https://fhir.example/fhir/r4';

export const authOptions = (changes: Partial<AuthOptions> = {}): AuthOptions => ({
  resource: fhirBase,
  issuers: [],
  clockSkewSeconds: 60,
  basic: false,
  ...changes,
});

/** A request as far as authentication looks at it. */
export const requestWith = (rawHeaders: readonly string[], url = '/fhir/r4/Patient'): CredentialSource => ({
  rawHeaders: ['Host', 'fhir.example', ...rawHeaders],
  url,
  remoteAddress: '127.0.0.1',
  method: 'GET',
});

export const bearer = (token: string): CredentialSource => requestWith(['Authorization', `Bearer ${token}`]);
