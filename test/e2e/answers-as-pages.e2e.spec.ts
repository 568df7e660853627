/** What a browser gets: a page with the answer as text (RFC 9110 section 12.5.1). FHIR clients get what they always got. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

const chromium =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';
const firefox = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const evil = `</pre><script>alert(1)</script><img src=x onerror=alert(2)>"'&`;

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = server.token('user/*.cruds');
  await server.call('PUT', 'Patient/p1', {
    token,
    body: {
      resourceType: 'Patient',
      id: 'p1',
      name: [{ family: evil, given: ['javascript:alert(3)', `${base}/../../evil`, `${base}/javascript:x`] }],
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><b>bold</b></div>' },
      managingOrganization: { reference: 'Organization/o1', display: 'Evil/o1' },
      extension: [{ url: 'http://elsewhere.example/Patient/p1', valueDecimal: 1.1 }],
    },
  });
});
afterAll(() => server.close());

const get = (path: string, accept: string, signed = true): Promise<Answer> =>
  server.call('GET', path, { headers: { accept }, ...(signed && { token }) });
const linksOf = ({ text }: Answer): readonly string[] =>
  [...text.slice(text.indexOf('<main>')).matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);

describe('a page', () => {
  it.each([
    ['Patient/p1', 200],
    ['Patient', 200],
    ['Patient/p1/_history', 200],
    ['metadata', 200],
    ['$my-access', 200],
    ['Patient/none', 404],
    ['Pateint', 404],
    ['Patient?nmae=x', 400],
  ])('is what %s is in a browser', async (path, status) => {
    for (const accept of [chromium, firefox]) {
      const { status: answered, headers, text } = await get(path, accept);
      expect([answered, headers['content-type'], headers['cache-control']]).toEqual([
        status,
        'text/html; charset=utf-8',
        'no-store',
      ]);
      expect(headers['vary']).toContain('Accept');
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect([headers['referrer-policy'], headers['x-content-type-options']]).toEqual(['no-referrer', 'nosniff']);
      expect(text).toMatch(/^<!doctype html>/);
      expect(text).not.toMatch(/<(?:script|img|iframe|link|form)|<[^>]*\s(?:on\w+|src)=|@import/i);
    }
  });

  it('shows content as text, digit by digit, and leads only to this server', async () => {
    const answer = await get('Patient/p1', chromium);
    expect(answer.text).toContain('&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(answer.text).toContain('&lt;b&gt;bold&lt;/b&gt;');
    expect(answer.text).not.toContain('<b>');
    expect(answer.text).toContain('&quot;valueDecimal&quot;: 1.1');
    expect(linksOf(answer)).toEqual([`${base}/javascript:x`, `${base}/Organization/o1`]);
  });

  it('of a search leads to what it found, and to its pages', async () => {
    const answer = await get('Patient?_count=1', chromium);
    expect(linksOf(answer)).toContain(`${base}/Patient/p1`);
    expect(linksOf(answer)).toContain(`${base}/Patient?_count=1`);
  });

  it('of a refusal says the fact and the cure, with the way to the code', async () => {
    const answer = await get('Patient/p1', chromium, false);
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('Bearer realm="fhir"'),
    ]);
    expect(answer.text).toContain('<strong>The request has no Authorization header.</strong>');
    expect(answer.text).toMatch(/<p class="cure">Send Authorization: Bearer &lt;access token&gt;\. To get one: POST /);
    expect(linksOf(answer)).toContain('http://localhost:3000/docs/access#no-credentials');
  });

  it('repeats no credential of its address', async () => {
    const { text } = await get(`Patient?access_token=very-secret-token`, chromium, false);
    expect(text).toContain('token-in-query');
    expect(text).not.toContain('very-secret-token');
  });

  it('of $my-access is its text', async () => {
    expect((await get('$my-access', chromium)).text).toContain(`<pre tabindex="0">What this token may do at ${base}`);
  });

  it('is cut where it is long', async () => {
    const body = { resourceType: 'Patient', id: 'long', name: [{ family: 'x'.repeat(600_000) }] };
    await server.call('PUT', 'Patient/long', { token, body });
    const { text } = await get('Patient/long', chromium);
    expect(text.length).toBeLessThan(540_000);
    expect(text).toMatch(/The first 524288 of 6\d{5} characters\. All of it: _format=json\./);
  });

  it('is for reading only: writes are answered as ever', async () => {
    const answer = await server.call('POST', 'Patient', {
      token,
      headers: { accept: chromium },
      body: { resourceType: 'Patient' },
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      201,
      expect.stringMatching(/^application\/fhir\+/),
    ]);
  });
});

describe('no page', () => {
  it.each([
    ['*/*', 'application/fhir+json; charset=utf-8'],
    ['application/fhir+json', 'application/fhir+json; charset=utf-8'],
    ['application/fhir+json, text/html', 'application/fhir+json; charset=utf-8'],
    ['application/fhir+xml, text/html;q=0.9', 'application/fhir+xml; charset=utf-8'],
    ['text/html;q=0.5, application/json;q=0.6', 'application/fhir+json; charset=utf-8'],
    ['text/html;q=0, */*', 'application/fhir+json; charset=utf-8'],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'application/fhir+json; charset=utf-8'],
    ['text/html, application/json;q=0.9', 'text/html; charset=utf-8'],
    ['TEXT/HTML;charset=utf-8, application/json;q=0.9', 'text/html; charset=utf-8'],
  ])('or one, as Accept: %s says', async (accept, contentType) => {
    const { headers } = await get('Patient/p1', accept);
    expect(headers['content-type']).toBe(contentType);
  });

  it.each([
    ['_format=json', 'application/fhir+json; charset=utf-8'],
    ['_format=xml', 'application/fhir+xml; charset=utf-8'],
  ])('where %s asks for another form', async (format, contentType) => {
    const { headers, text } = await get(`Patient/p1?${format}`, chromium);
    expect([headers['content-type'], headers['cache-control']]).toEqual([contentType, 'private, no-cache']);
    expect(headers['content-security-policy']).toBeUndefined();
    expect(text).not.toContain('<!doctype');
  });

  it('for what a Binary holds', async () => {
    const body = {
      resourceType: 'Binary',
      id: 'b1',
      contentType: 'text/html',
      data: Buffer.from('<script>1</script>').toString('base64'),
    };
    await server.call('PUT', 'Binary/b1', { token, body });
    const { headers, text } = await get('Binary/b1', chromium);
    expect(text).toBe('<script>1</script>');
    expect(headers['content-security-policy']).toContain('sandbox');
  });
});

describe('the root', () => {
  const root = (accept: string): Promise<Answer> => server.call('GET', '/', { headers: { accept } });

  it('says to programs what this server is', async () => {
    const { status, headers, body } = await root('*/*');
    expect([status, headers['content-type'], headers['vary']]).toEqual([
      200,
      'application/json; charset=utf-8',
      expect.stringContaining('Accept'),
    ]);
    expect(body).toEqual({
      software: expect.stringMatching(/^Lanyard \d/),
      fhirVersion: '4.0.1',
      fhirBase: base,
      metadata: `${base}/metadata`,
      smartConfiguration: `${base}/.well-known/smart-configuration`,
      protectedResource: 'http://localhost:3000/.well-known/oauth-protected-resource/fhir/r4',
      issuer: 'http://localhost:3000/oauth2',
      login: `${base}/login`,
      console: 'http://localhost:3000/console/',
      access: 'http://localhost:3000/docs/access',
      openapi: 'http://localhost:3000/openapi.json',
      api: 'http://localhost:3000/docs/api',
    });
  });

  it('says it to people', async () => {
    const answer = await root(chromium);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.text).toContain('This is a FHIR server.');
    expect(linksOf(answer)).toContain(base);
  });

  it('is a page beside it, where nothing is', async () => {
    const answer = await server.call('GET', '/fhir/Patient', { headers: { accept: chromium } });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(answer.text).toContain(`Ask ${base}/Patient.`);
  });
});
