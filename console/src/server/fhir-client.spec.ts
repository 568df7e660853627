import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AnswerRefused, FhirClient, NoAnswer, type TokenSource } from './fhir-client.js';

const base = 'https://fhir.example/x/fhir/r4';
const tokens = (token: string | undefined, next?: string): TokenSource => ({
  token: async () => token,
  refused: async () => next,
});

describe('FhirClient', () => {
  const sent: { url: string; token: string | null; credentials: string | undefined }[] = [];
  let answers: readonly Response[] = [];
  beforeEach(() => {
    sent.length = 0;
    vi.stubGlobal('fetch', async (url: URL, { headers, credentials }: RequestInit) => {
      sent.push({ url: url.href, token: new Headers(headers).get('authorization'), credentials });
      const answer = answers[sent.length - 1];
      if (!answer) throw new TypeError('Failed to fetch');
      return answer;
    });
  });
  afterEach(() => vi.unstubAllGlobals());
  const json = (status: number, body: object): Response =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/fhir+json' } });

  it('sends the token of the login and no cookie', async () => {
    answers = [json(200, { ok: true })];
    expect(await new FhirClient(base, tokens('t')).ask({ path: 'Patient?name=x' })).toEqual({ ok: true });
    expect(sent).toEqual([{ url: `${base}/Patient?name=x`, token: 'Bearer t', credentials: 'omit' }]);
  });

  it('asks once more with a new token when the old one is refused', async () => {
    answers = [json(401, {}), json(200, { ok: true })];
    await new FhirClient(base, tokens('old', 'new')).ask({ path: 'Patient' });
    expect(sent.map(({ token }) => token)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('does not ask again for a token that was brought', async () => {
    answers = [json(401, {})];
    const { status } = await new FhirClient(base, tokens('own', 'new')).send({ path: 'Patient', token: 'brought' });
    expect([status, sent.length, sent[0]?.token]).toEqual([401, 1, 'Bearer brought']);
  });

  it.each([
    'https://evil.example/fhir/r4/Patient',
    '//evil.example/',
    '../../oauth2/token',
    'https://fhir.example/x/fhir/r44/a',
  ])('sends nothing to %s', async (path) => {
    await expect(new FhirClient(base, tokens('t')).send({ path })).rejects.toThrow(RangeError);
    expect(sent).toEqual([]);
  });

  it('takes addresses below its base, as pages link them', () => {
    const client = new FhirClient(base, tokens('t'));
    expect(client.addressOf(`${base}?_page=1`).href).toBe(`${base}?_page=1`);
    expect(client.addressOf('').href).toBe(`${base}/`);
  });

  it('tells every reason of a refusal', async () => {
    const issue = [
      { severity: 'error', code: 'forbidden', details: { text: 'No scope.' }, diagnostics: 'Ask for it.' },
    ];
    answers = [json(403, { resourceType: 'OperationOutcome', issue })];
    const error = await new FhirClient(base, tokens('t')).ask({ path: 'Patient' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AnswerRefused);
    expect((error as AnswerRefused).issues).toMatchObject([{ fact: 'No scope.', cure: 'Ask for it.' }]);
  });

  it('says that no answer came', async () => {
    answers = [];
    await expect(new FhirClient(base, tokens(undefined)).send({ path: 'metadata' })).rejects.toThrow(NoAnswer);
  });
});
