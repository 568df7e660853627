import { describe, expect, it } from 'vitest';
import { authOptions } from '../../../test/support/auth-options.js';
import { tokenSources } from './token-sources.js';

const localIssuer = 'https://fhir.example/oauth2';

describe('tokenSources', () => {
  it('names the server’s own issuer where there is no login, and no issuer where there is none', () => {
    expect(tokenSources(authOptions({ issuers: [], localIssuer }))).toContain(`from ${localIssuer}`);
    expect(tokenSources(authOptions({ issuers: [] }))).toContain('No source of tokens is configured yet');
    const loginUrl = 'https://fhir.example/fhir/r4/login';
    expect(tokenSources(authOptions({ issuers: [], localIssuer, loginUrl }))).toMatch(/^POST .*\/login [^,]*$/);
  });
});
