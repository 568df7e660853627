/** What the person reads who has set something up wrongly: status, code, fact and cure, whole. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../support/raw-socket.js';
import { type Answer, adminPassword, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let port: number;
beforeAll(async () => {
  server = await startServer();
  await server.app.listen(0, '127.0.0.1');
  port = (server.app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Status, then code, fact and cure of each issue. */
const told = ({ status, body }: Answer): readonly unknown[] => [
  status,
  ...body.issue.map(({ details, diagnostics }: { details?: Told; diagnostics: string }) =>
    details ? [details.coding[0]?.code, details.text, diagnostics] : diagnostics,
  ),
];
interface Told {
  readonly coding: readonly { readonly code: string }[];
  readonly text: string;
}
const withHeader = (authorization: string): Promise<Answer> =>
  server.call('GET', 'Patient', { headers: { authorization } });
const withToken = (claims: Readonly<Record<string, unknown>>, path = 'Patient'): Promise<Answer> =>
  server.call('GET', path, { token: server.issuer.token(claims) });

describe('words of another authorization server', () => {
  const cure = (shown: string, first: string) =>
    'Request a token with the scope user/Patient.s (SMART v1 form: user/Patient.read). Roles and groups of a user do not replace scopes. ' +
    `If the authorization server has words of its own for access (${shown}), an administrator says what they mean: ` +
    `"scopeMap": {"${first}": "user/Patient.s"} of this issuer in TRUSTED_ISSUERS.`;
  const fact = (shown: string) =>
    `The token has no SMART scope for FHIR resources; it has only ${shown}. This request needs search of Patient.`;

  it.each([
    ['scope', { scope: 'openid fhir.read' }, 'openid, fhir.read', 'fhir.read'],
    ['scp', { scope: undefined, scp: ['FHIR.Read.All'] }, 'FHIR.Read.All', 'FHIR.Read.All'],
    ['roles', { scope: 'openid', roles: ['fhir-reader', 'uma'] }, 'openid, fhir-reader, uma', 'fhir-reader, uma'],
  ])('in %s are told with scopeMap', async (_, claims, all, unknown) => {
    expect(told(await withToken(claims))).toEqual([
      403,
      ['scope-missing', fact(all), cure(unknown, unknown.split(',')[0]!)],
    ]);
  });

  it('are told beside scopes that do not suffice', async () => {
    const [status, [code, , said]] = told(await withToken({ scope: 'user/Observation.rs fhir.read' })) as [
      number,
      string[],
    ];
    expect([status, code, said]).toEqual([
      403,
      'scope-insufficient',
      'Request a token that also has user/Patient.s (SMART v1 form: user/Patient.read). If the authorization server has words of its own ' +
        'for access (fhir.read), an administrator says what they mean: "scopeMap": {"fhir.read": "user/Patient.s"} of this issuer in TRUSTED_ISSUERS.',
    ]);
  });

  it('are none where only what OAuth, OpenID Connect and SMART know is there', async () => {
    const answer = await withToken({ scope: 'openid profile fhirUser launch/patient offline_access' });
    expect(answer.text).not.toContain('scopeMap');
  });
});

describe('a token for another audience', () => {
  const request = `Request the token with aud=${base} (Keycloak: an audience mapper in a client scope).`;
  const setting =
    'An administrator may add this audience to "audience" of this issuer in TRUSTED_ISSUERS, only if it names this server alone; ' +
    `"audience" replaces the default, so ${base} has to stand there too.`;

  it('says when to add the audience, and what that replaces', async () => {
    expect(told(await withToken({ aud: 'api://fhir', scope: 'user/*.rs' }))).toEqual([
      401,
      ['aud-mismatch', `The token is for 'api://fhir' (unverified); this server is ${base}.`, `${request} ${setting}`],
    ]);
  });

  it('that is the same place under another address says what PUBLIC_URL would be', async () => {
    const aud = 'https://fhir.hospital.example/fhir/r4/';
    expect(told(await withToken({ aud, scope: 'user/*.rs' }))).toEqual([
      401,
      [
        'aud-mismatch',
        `The token is for '${aud}' (unverified); this server is ${base}.`,
        `${request} ${setting} If the address in the token is the one that clients use, PUBLIC_URL is wrong here: it makes this server ${base}.`,
      ],
    ]);
  });
});

describe('what stands in the Authorization header instead of an access token', () => {
  it('a refresh token of the login', async () => {
    const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
    const { body } = await server.call('POST', 'login', { headers: { authorization } });
    const answer = await withHeader(`Bearer ${body.refresh_token}`);
    expect(told(answer)).toEqual([
      401,
      [
        'typ-not-access-token',
        'The token is a refresh token of this server, not an access token.',
        `Send the access_token of the answer of ${base}/login. To get a new one with the refresh token: POST ${base}/refresh with ` +
          'Content-Type: application/json and {"refresh_token": "…"}. A refresh token that others may have seen is revoked by ' +
          `POST ${base}/logout, with the same body.`,
      ],
    ]);
    expect(answer.text).not.toContain(body.refresh_token);
  });

  it('what looks like a refresh token of the authorization server', async () => {
    const token = 'a1B2-'.repeat(8) + 'xyz';
    expect(told(await withHeader(`Bearer ${token}`))).toEqual([
      401,
      [
        'token-opaque-unsupported',
        'The token is not a JWT. It looks like a refresh token or a code of this server; its access tokens are JWTs.',
        'Send the access_token of the token response. A refresh token only gets a new one: POST http://localhost:3000/oauth2/token with ' +
          'grant_type=refresh_token&refresh_token=…, with the client_id and the proof of the client.',
      ],
    ]);
  });

  it('a token without a scheme', async () => {
    const answer = await withHeader(server.token('user/*.rs'));
    expect(told(answer)).toEqual([
      401,
      [
        'scheme-unsupported',
        'The Authorization header holds a token without a scheme before it.',
        'Send Authorization: Bearer <token>, with the word Bearer and one space before the token.',
      ],
    ]);
    expect(answer.text).not.toContain('eyJ');
  });

  const failed = 'and no token: the request for a token before this one failed.';
  const look =
    'Cure what that answer says (print it: echo "$TOKEN"), then send the text of the access_token that you get alone.';
  it.each([
    [
      'an OperationOutcome',
      '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}',
      `a JSON document, an OperationOutcome, ${failed}`,
      look,
    ],
    [
      'an error with blanks',
      '{ "error": "invalid_grant", "error_description": "no" }',
      `a JSON document, an error, ${failed}`,
      look,
    ],
    ['an HTML page', '<!DOCTYPE html><html>502</html>', `an HTML or XML document, ${failed}`, look],
    [
      'a whole token response',
      '{"access_token":"secret-token","token_type":"Bearer"}',
      'a JSON document: the whole answer of a token request.',
      'Send only the text of its access_token, without quotes: with jq, TOKEN=$(… | jq -r .access_token).',
    ],
  ])('%s', async (_, value, fact, cure) => {
    const answer = await withHeader(`Bearer ${value}`);
    expect(told(answer)).toEqual([401, ['token-malformed', `The text after Bearer is ${fact}`, cure]]);
    expect(answer.text).not.toContain('secret-token');
  });

  it.each(['null', 'undefined', '$TOKEN', '${TOKEN}', '<access token>'])('%s', async (value) => {
    const [status, [code, fact, cure]] = told(await withHeader(`Bearer ${value}`)) as [number, string[]];
    expect([status, code, fact]).toEqual([
      401,
      'token-malformed',
      'The text after Bearer stands for a token and is none: a variable that was not filled in, or had no access_token to be filled with.',
    ]);
    expect(cure).toMatch(/^Look at what the request for the token answered: it probably failed\. POST .*\/login /);
  });

  it('a token in quotes', async () => {
    expect(told(await withHeader(`Bearer "${server.token('user/*.rs')}"`))).toEqual([
      401,
      [
        'token-malformed',
        'The token after Bearer stands in quotes.',
        'Send it without: with jq, take -r (jq -r .access_token).',
      ],
    ]);
  });

  it('an error of several lines, which is no HTTP', async () => {
    const { status, text } = await exchange(
      port,
      'GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {\n  "resourceType": "OperationOutcome"\n}\r\n\r\n',
    );
    expect([status, JSON.parse(text).issue[0].diagnostics]).toEqual([
      400,
      'The request is not well-formed HTTP. Its Authorization header holds a document of several lines after Bearer, and no token: the ' +
        'request for a token before this one failed. Print what that answered (echo "$TOKEN"), cure what it says, and send the text of the access_token alone.',
    ]);
  });
});

it('a token that does not look like one of a machine says how to set machineToken', async () => {
  expect(told(await withToken({ scope: 'system/*.rs', sub: 'job-7', client_id: 'nightly' }))).toEqual([
    403,
    [
      'scope-insufficient',
      expect.stringContaining('No scope of the token permits search of Patient.'),
      expect.any(String),
    ],
    [
      'system-scope-ignored',
      'Scope system/*.rs is ignored: the token belongs to a user, not to a machine: its sub job-7 is not its client nightly, and nothing ' +
        'else in it is the sign of a machine.',
      'Use user/Patient.s (SMART v1 form: user/Patient.read) for a user. system/ scopes need a token from the client credentials grant. ' +
        'If this is one of another issuer, an administrator names a claim that only tokens of machines have as "machineToken" of the ' +
        'issuer in TRUSTED_ISSUERS, such as {"claim": "gty", "equals": "client-credentials"}.',
    ],
  ]);
});

describe('a granular scope with a parameter that the type has not', () => {
  it('is told with the one that was meant, and never with the unlimited scope', async () => {
    const answer = await withToken({ scope: 'user/Observation.rs?categry=laboratory' }, 'Observation');
    expect(told(answer)).toEqual([
      403,
      [
        'scope-constraint-unsupported',
        'Scope user/Observation.rs?categry=laboratory is ignored: Observation has no search parameter categry; did you mean category?',
        'Request a token with user/Observation.rs?category=laboratory instead.',
      ],
    ]);
  });

  it('is told with those that there are, where none is near', async () => {
    const answer = await withToken({ scope: 'user/Flag.rs?qqqqqqqq=x' }, 'Flag');
    expect(answer.body.issue.at(-1)).toMatchObject({
      details: { text: 'Scope user/Flag.rs?qqqqqqqq=x is ignored: Flag has no search parameter qqqqqqqq.' },
      diagnostics: expect.stringMatching(
        /^Request it with a constraint that scopes on Flag can have: _id, .*author, .*subject\.$/,
      ),
    });
  });
});

describe('HTTP Basic', () => {
  it('is offered by the challenge where it counts, and nowhere else', async () => {
    const on = await startServer({ AUTH_BASIC: 'on' });
    try {
      for (const headers of [{}, { authorization: 'Basic YWRtaW46d3Jvbmc=' }, { authorization: 'Bearer a.b.c' }]) {
        const { status, headers: answered } = await on.call('GET', 'Patient', { headers });
        // Browsers read one challenge in each header.
        expect([status, answered['www-authenticate']]).toEqual([
          401,
          [expect.stringMatching(/^Bearer realm="fhir"/), 'Basic realm="fhir", charset="UTF-8"'],
        ]);
      }
      const insufficient = await on.call('GET', 'Patient', { token: on.token('user/Observation.rs') });
      expect([insufficient.status, insufficient.headers['www-authenticate']]).toEqual([
        403,
        expect.not.stringContaining('Basic'),
      ]);
    } finally {
      await on.close();
    }
    expect((await server.call('GET', 'Patient')).headers['www-authenticate']).not.toContain('Basic');
  });
});

describe('an operation that is not offered', () => {
  const call = (path: string) => server.call('GET', path, { token: server.token('user/*.rs') });

  it('$convert says what to do instead', async () => {
    for (const path of ['$convert', 'Patient/$convert'])
      expect(told(await call(path))).toEqual([
        404,
        expect.stringContaining('The operation $convert is not offered here. Formats are chosen with Accept.'),
      ]);
  });

  it('CodeSystem/$find-matches names the question that answers it', async () => {
    expect(told(await call('CodeSystem/$find-matches?system=urn:x'))).toEqual([
      404,
      expect.stringMatching(/\$find-matches is not offered here\. .*ValueSet\/\$expand as "valueSet", with one filter/),
    ]);
  });

  it.each([
    ['$myaccess', '$my-access'],
    ['$my_access', '$my-access'],
    ['$MyRefusals', '$my-refusals'],
    ['$explainaccess', '$explain-access'],
    ['$valdate', '$validate'],
  ])('%s: did you mean %s?', async (asked, meant) => {
    expect(told(await call(asked))).toEqual([
      404,
      expect.stringContaining(`The operation ${asked} is not offered here. Did you mean ${meant}? Offered are $`),
    ]);
  });

  it('says where it is offered', async () => {
    expect(told(await call('Observation/$my-access'))).toEqual([
      404,
      'The operation $my-access is not offered on Observation; it is on <base>/$my-access.',
    ]);
  });
});

describe('the base of another server', () => {
  const at = async (path: string) => {
    const { status, text } = await exchange(
      port,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token('user/*.rs')}\r\n\r\n`,
    );
    return [status, JSON.parse(text).issue[0].diagnostics];
  };
  const here = `The FHIR base of this server is ${base} (FHIR R4); ${base}/metadata lists what it offers.`;

  it.each([
    ['/fhir/Patient', 'Patient'],
    ['/r4/Patient/1', 'Patient/1'],
    ['/Patient?name=x', 'Patient'],
    ['/baseR4/Patient/1/_history', 'Patient/1/_history'],
    ['/fhir/R4/Observation', 'Observation'],
    ['/fhir/r5/Patient', 'Patient'],
    ['/hapi-fhir-jpaserver/fhir/Patient', 'Patient'],
    ['/metadata', 'metadata'],
  ])('%s names the right one', async (path, meant) => {
    expect(await at(path)).toEqual([404, `Nothing is at ${path.split('?')[0]}. ${here} Ask ${base}/${meant}.`]);
  });

  it.each(['/login', '/oauth/token', '/auth/login/', '/api/session'])(
    '%s, where other servers give tokens, names where this one does',
    async (path) => {
      const [status, words] = await at(path);
      expect(status).toBe(404);
      expect(words).toContain(`${here} To get a token: POST ${base}/login with a user name and password`);
      expect(words).toContain(`from ${server.issuer.url}`);
    },
  );

  it('of an authorization server names the document that lists its addresses', async () => {
    const answer = await exchange(port, 'POST /oauth2/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toEqual({
      error: 'not_found',
      error_description: expect.stringContaining('.well-known/openid-configuration below its issuer'),
    });
  });

  it.each(['/nowhere', '/fhir', '/fhir/', '/wp-login.php'])('%s names the base', async (path) => {
    expect(await at(path)).toEqual([404, `Nothing is at ${path}. ${here}`]);
  });

  it.each([
    ['/fhir/r4/fhir/r4/Patient', 'Patient'],
    ['/fhir/r4/baseR4/Patient/1', 'Patient/1'],
    ['/fhir/r4/r4/metadata', 'metadata'],
  ])('%s has the base twice', async (path, meant) => {
    expect(await at(path)).toEqual([
      404,
      `"${path.slice('/fhir/r4/'.length)}" is not an address of R4: the base stands in it twice, or that of another server. Ask ${base}/${meant}.`,
    ]);
  });
});

it('$my-refusals is there to read', async () => {
  const token = server.token('user/Patient.rs', { sub: 'reader', client_id: 'app' });
  const read = () => server.call('GET', '$my-refusals', { token, headers: { accept: 'text/plain' } });
  const title = 'The last 50 requests of this user and client that were refused, newest first';
  const before = await read();
  expect([before.headers['content-type'], before.text]).toEqual(['text/plain; charset=utf-8', `${title}\n\n  none\n`]);
  await server.call('GET', 'Observation/o1', { token, headers: { 'x-request-id': 'request-17' } });
  const lines = (await read()).text.split('\n');
  expect(lines).toEqual([
    title,
    '',
    expect.stringMatching(
      /^✘ \d{4}-\d\d-\d\dT[\d:.]+Z {2}GET http:\/\/localhost:3000\/fhir\/r4\/Observation\/o1 {2}\(request request-17\)$/,
    ),
    '    scope-insufficient: No scope of the token permits read of Observation. The token has user/Patient.rs.',
    expect.stringMatching(/^ {2}→ scope-insufficient: /),
    '',
  ]);
});
