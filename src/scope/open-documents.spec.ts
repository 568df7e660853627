import { describe, expect, it } from 'vitest';
import { protectedResource } from './discovery/protected-resource.js';
import { smartConfiguration } from './discovery/smart-configuration.js';
import { readScope } from './grammar/smart-scope.js';
import { supportedScopes } from './grammar/supported-scopes.js';

const links = {
  fhirBase: 'https://host.example/fhir/r4',
  resourceMetadataUrl: 'https://host.example/.well-known/oauth-protected-resource/fhir/r4',
  docsUrl: 'https://host.example/docs/access',
};
const localOnly = { local: 'https://host.example/oauth2', trusted: [] };
const both = { ...localOnly, trusted: ['https://idp.example'] };

describe('the protected resource document (12, RFC 9728)', () => {
  it('names the FHIR base, the trusted servers and the header as the only way', () => {
    expect(protectedResource(links, both)).toMatchObject({
      resource: links.fhirBase,
      authorization_servers: ['https://idp.example'],
      bearer_methods_supported: ['header'],
      resource_documentation: links.docsUrl,
    });
  });

  it('leaves a list without entries out', () => {
    expect(protectedResource(links, localOnly)).not.toHaveProperty('authorization_servers');
  });
});

describe('smart-configuration (1-6)', () => {
  it('claims only what works', () => {
    expect(smartConfiguration({ ...localOnly, jwksUrl: 'https://host.example/oauth2/jwks' })).toEqual({
      issuer: 'https://host.example/oauth2',
      jwks_uri: 'https://host.example/oauth2/jwks',
      grant_types_supported: [],
      response_types_supported: [],
      scopes_supported: supportedScopes(localOnly),
      capabilities: ['permission-v1', 'permission-v2', 'permission-user'],
    });
  });

  it('invents no endpoints of other issuers', () => {
    const document = smartConfiguration({ trusted: ['https://idp.example'] });
    expect(Object.keys(document).filter((name) => name.endsWith('_endpoint'))).toEqual([]);
    expect(document).not.toHaveProperty('issuer');
    expect(document['capabilities']).toContain('permission-patient');
  });

  it('lists scopes that the grammar reads, and those of users only where nobody grants more (4)', () => {
    for (const scope of supportedScopes(both)) expect(readScope(scope)).toBeDefined();
    expect(supportedScopes(localOnly).every((scope) => /^(?:user|admin)\//.test(scope))).toBe(true);
  });
});
