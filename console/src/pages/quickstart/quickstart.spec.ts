import { describe, expect, it } from 'vitest';
import {
  applyText,
  baseOf,
  choicesOf,
  commandText,
  environmentText,
  factsText,
  firstChoices,
  foundAt,
  hasOurSettings,
  helmText,
  issuerEntry,
  usesOwn,
} from './quickstart.js';

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

describe('another FHIR server', () => {
  const elsewhere = { ...other, isThis: false, base: ' https://their.example/r4/ ', software: 'HAPI FHIR Server' };

  it('brings its issuer and its product, and keeps the issuer where it names none', () => {
    const published = { software: 'Lanyard', issuer: 'https://idp.example', base: 'https://their.example/r4' };
    expect(foundAt({ findings: [], published })).toEqual({
      software: 'Lanyard',
      issuer: 'https://idp.example',
      isOwn: false,
    });
    expect(foundAt({ findings: [] })).toEqual({ software: '' });
  });

  it('is what tokens are for, and none of them comes from this server', () => {
    expect([baseOf(elsewhere, base), baseOf(other, base)]).toEqual(['https://their.example/r4', base]);
    expect(usesOwn({ ...elsewhere, isOwn: true }, 'https://fhir.example/oauth2')).toBe(false);
    expect(usesOwn(firstChoices, 'https://fhir.example/oauth2')).toBe(true);
    expect(usesOwn(firstChoices, undefined)).toBe(false);
  });

  it('has our settings if it is of this product, and facts otherwise', () => {
    expect([elsewhere, { ...elsewhere, software: 'Lanyard' }, other].map(hasOurSettings)).toEqual([false, true, true]);
    expect(JSON.parse(factsText({ ...elsewhere, algorithm: 'PS256' }))).toEqual({
      fhirBase: 'https://their.example/r4',
      issuer: 'https://idp.example',
      audience: 'https://their.example/r4',
      algorithms: ['PS256'],
    });
    expect(JSON.parse(factsText({ ...elsewhere, audiences: 'api' }))).toMatchObject({ audience: 'api' });
  });

  it('has a command that survives quotes in a shell', () => {
    expect(commandText({ ...elsewhere, issuer: "https://idp.example/o'hara" })).toBe(
      String.raw`lanyard quickstart --base 'https://their.example/r4/' --issuer 'https://idp.example/o'\''hara'`,
    );
    expect(commandText(firstChoices)).toBe('lanyard quickstart --issuer URL');
  });
});
