import { describe, expect, it } from 'vitest';
import { applyText, choicesOf, environmentText, firstChoices, helmText, issuerEntry } from './quickstart.js';

const base = 'https://fhir.example/fhir/r4';
const other = { ...firstChoices, isOwn: false, issuer: 'https://idp.example' };

describe('the choices that a token makes', () => {
  it('are its issuer, and nothing more where it names the base and a usual algorithm', () => {
    const token = { header: { alg: 'RS256' }, payload: { iss: 'https://idp.example', aud: ['x', base] } };
    expect(choicesOf(token, base)).toEqual({ issuer: 'https://idp.example', audiences: '', algorithm: '' });
  });

  it('are its audiences and its algorithm where those need a setting', () => {
    const token = { header: { alg: 'PS256' }, payload: { iss: 'https://idp.example', aud: ['account', 'x'] } };
    expect(choicesOf(token, base)).toMatchObject({ audiences: 'account\nx', algorithm: 'PS256' });
  });

  it('are empty where the token says nothing of use', () => {
    const token = { header: {}, payload: { iss: 7, aud: [3] } };
    expect(choicesOf(token, base)).toEqual({ issuer: '', audiences: '', algorithm: '' });
  });
});

describe('the result', () => {
  it('names one audience as a text and several as a list', () => {
    expect(issuerEntry({ ...other, audiences: ' account\n' })).toEqual({ issuer: other.issuer, audience: 'account' });
    expect(issuerEntry({ ...other, audiences: 'a\nb', algorithm: 'PS256' })).toEqual({
      issuer: other.issuer,
      audience: ['a', 'b'],
      algorithms: ['PS256'],
    });
  });

  it('survives quotes in a shell and in YAML', () => {
    const hostile = { ...other, issuer: "https://idp.example/o'hara" };
    expect(environmentText(hostile)).toBe(String.raw`TRUSTED_ISSUERS='[{"issuer":"https://idp.example/o'\''hara"}]'`);
    expect(helmText(hostile)).toBe(`settings:\n  TRUSTED_ISSUERS: '[{"issuer":"https://idp.example/o''hara"}]'`);
  });

  it('leaves out a service whose keys are not known', () => {
    expect(applyText(undefined)).not.toContain('quickstart-service');
    expect(applyText({ keys: [{ kid: 'a' }] })).toContain('"jwks":{"keys":[{"kid":"a"}]}');
  });
});
