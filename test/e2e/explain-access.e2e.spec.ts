/** `POST $explain-access` and `GET $my-access` (docs/adr/0026). */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { ExplainThrottle } from '../../src/fhir/http/explain-throttle.js';
import { abstain, type AccessPolicy, type AccessQuery, constrain, deny } from '../../src/scope/policies/policy.js';
import { newKey, TestIssuer } from '../support/issuer.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

/** Says what it is asked about others, so that the tests see whether it was asked at all. */
class OwnDepartment implements AccessPolicy {
  static readonly askedAbout: string[] = [];
  readonly name = 'own-department';
  decide({ principal, type, permission }: AccessQuery) {
    OwnDepartment.askedAbout.push(principal.subject);
    if (principal.subject === 'vip' && type === 'Observation') return deny('watched', 'The user vip is watched.');
    return type === 'Encounter' && permission === 's' ? constrain('status=finished', 'only finished stays') : abstain();
  }
}

let server: TestServer;
beforeAll(async () => {
  // What the audit stores would be counted among the statements.
  server = await startServer({ AUDIT: 'off' }, [FhirModule.forFeature({ name: 'test', policies: [OwnDepartment] })]);
  await server.call('PUT', 'Patient/p1', {
    token: server.token('user/*.cruds'),
    body: { resourceType: 'Patient', id: 'p1' },
  });
});
afterAll(() => server.close());
beforeEach(() => server.app.get(ExplainThrottle).forget());

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const ask = (
  fields: Readonly<Record<string, string>>,
  { token, accept = 'application/fhir+json' }: { token?: string; accept?: string } = {},
): Promise<Answer> =>
  server.call('POST', '$explain-access', {
    body: new URLSearchParams(fields).toString(),
    headers: { ...form, accept },
    ...(token !== undefined && { token }),
  });
const read = async (fields: Readonly<Record<string, string>>): Promise<string> =>
  (await ask(fields, { accept: 'text/plain' })).text;

interface Part {
  readonly name: string;
  readonly part?: readonly Part[];
  readonly [value: string]: unknown;
}
const partsOf = (parts: readonly Part[] | undefined, name: string): readonly Part[] =>
  (parts ?? []).filter((part) => part.name === name);
const valueOf = (parts: readonly Part[] | undefined, name: string): unknown => {
  const [found] = partsOf(parts, name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
const explanationsOf = (answer: Answer): readonly Part[] => partsOf(answer.body.parameter, 'explanation');

describe('$explain-access', () => {
  it('tells every step to whoever has a token that counts', async () => {
    const text = await read({
      token: server.token('patient/*.rs openid', { patient: 'p1' }),
      request: 'GET Patient/p1',
    });
    for (const line of [
      '  ✔ issuer',
      '  ✔ audience',
      '  ✔ signature',
      '  It says (its issuer has vouched for it):',
      '✔ GET Patient/p1: permitted; stored data decides the rest.',
      '  · It is the interaction "read" of Patient/p1, and needs r (read) on Patient.',
      '  ✔ patient/*.rs counts: read, search of every type, limited to record of Patient/p1.',
      '  · Not about FHIR resources: openid.',
      '  · Patient/p1 is in context.',
      '  ✔ r (read) on Patient reaches record of Patient/p1.',
      '  · The database judges the stored content; this was not looked at here. What is out of reach is answered 404, as if it did not exist.',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/✔ Policies asked: .*own-department/);
  });

  it('names every failing check with its cure, and what the token would permit', async () => {
    const token = server.issuer.token({ scope: 'user/Patient.r', aud: 'https://other.example', exp: 1_000_000_000 });
    const text = await read({ token, request: 'GET Patient' });
    expect(text).toMatch(
      /✘ The token is for 'https:\/\/other.example' \(unverified\).*\[aud-mismatch\]\n {4}→ Request/,
    );
    expect(text).toMatch(/✘ The token expired .*\[token-expired\]/);
    // The issuer did say it: that much is known.
    expect(text).toContain('  ✔ signature');
    expect(text).toContain('✘ GET Patient: answered 401.');
    expect(text).toContain(
      '✘ No scope of the token permits search of Patient. The token has user/Patient.r. [scope-insufficient]',
    );
  });

  it('calls good no check that was not made', async () => {
    const issuer = await TestIssuer.start(server.issuer.audience);
    const other = await startServer({
      TRUSTED_ISSUERS: JSON.stringify([{ issuer: issuer.url, userWithoutFhirUser: 'allow' }]),
    });
    try {
      issuer.behaviour = 'fail';
      const token = issuer.token({ aud: 'api://other', scope: 'user/*.rs' }, {}, newKey('RS256', issuer.key.kid));
      const asked = (accept: string) =>
        other.call('POST', '$explain-access', {
          body: new URLSearchParams({ token, request: 'GET Patient/p1' }).toString(),
          headers: { ...form, accept },
        });
      const { text } = await asked('text/plain');
      expect(text).toMatch(/ {2}– key of the issuer: The keys of issuer .* cannot be had right now: /);
      expect(text).toContain('  – signature: there is no key to check it with');
      expect(text).toContain('  – revocation: another check comes first');
      expect(text).toContain('  · user/*.rs counts: read, search of every type.');
      expect(text.slice(text.indexOf('The request'))).not.toContain('✔');
      const [told] = partsOf((await asked('application/fhir+json')).body.parameter, 'token');
      const outcomes = partsOf(partsOf(told?.part, 'step')[0]?.part, 'line').map(
        ({ part }) => `${String(valueOf(part, 'outcome'))} ${String(valueOf(part, 'text')).split(':')[0]}`,
      );
      expect(outcomes).toEqual(expect.arrayContaining(['skipped key of the issuer', 'skipped signature']));
      expect(outcomes).not.toContain('passed signature');
    } finally {
      await Promise.all([issuer.close(), other.close()]);
    }
  });

  it('says of a token that was cached which checks it passed', async () => {
    const token = server.token('user/Patient.rs');
    const [first, second] = [await read({ token }), await read({ token })];
    expect(first).toContain('  ✔ signature');
    expect(first).toContain('  – revocation: it is a token of another issuer');
    expect(second).toBe(first);
  });

  it('marks the claims of a token that nobody vouches for, and cleans them', async () => {
    const said = 'evil"\r\n<script>\u0000\u202e\u2028`\\';
    const token = server.issuer.token({ scope: 'user/*.rs', sub: said, client_id: 'x'.repeat(2_000) });
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    const answer = await ask({ token: forged, request: 'GET Patient' });
    const [told] = partsOf(answer.body.parameter, 'token');
    expect(valueOf(told?.part, 'verified')).toBe(false);
    const claims = partsOf(told?.part, 'claim').map(({ part }) => [valueOf(part, 'name'), valueOf(part, 'value')]);
    expect(claims).toContainEqual(['sub', 'evilscript']);
    expect(claims.find(([name]) => name === 'client_id')?.[1]).toHaveLength(121);
    const text = await read({ token: forged, request: 'GET Patient' });
    expect(text).toContain('It says (unverified):');
    expect(text).toContain('[signature-invalid]');
    expect(text).not.toMatch(/[\0\r<>`\u202e\u2028]/);
  });

  it('asks no policy about a user that a forged token names', async () => {
    const claims = { scope: 'user/*.rs', sub: 'vip' };
    const token = server.issuer.token(claims);
    expect(await read({ token, request: 'GET Observation' })).toContain('The user vip is watched.');
    const asked = OwnDepartment.askedAbout.length;
    const forged = await read({ token: `${token.slice(0, -8)}AAAAAAAA`, request: 'GET Observation' });
    expect(OwnDepartment.askedAbout.slice(asked)).toEqual([]);
    expect(forged).not.toContain('watched');
    expect(forged).not.toContain('own-department');
    expect(forged).toContain('Policies are asked only for a token that counts.');
    expect(forged).toContain('What follows is what the token would permit if it counted.');
  });

  it.each(['PUT Patient?identifier=urn:x|1', 'PATCH Patient?identifier=urn:x|1', 'DELETE Patient?identifier=urn:x|1'])(
    'says that %s takes the right to search as well',
    async (request) => {
      const [withoutSearch, withIt] = await Promise.all(
        ['user/Patient.cud', 'user/Patient.cuds'].map((scope) => read({ token: server.token(scope), request })),
      );
      expect(withoutSearch).toContain('scope-insufficient');
      expect(withIt).not.toContain('scope-insufficient');
    },
  );

  it('takes Parameters, a form and the Authorization header alike', async () => {
    const token = server.token('user/Patient.rs');
    const byForm = await ask({ token, request: 'GET Patient/p1' });
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'token', valueString: token },
        { name: 'request', valueString: 'GET Patient/p1' },
      ],
    };
    const byParameters = await server.call('POST', '$explain-access', { body });
    const byHeader = await ask({ request: `GET ${base}/Patient/p1 HTTP/1.1` }, { token });
    expect(byForm.status).toBe(200);
    expect(byForm.headers['cache-control']).toBe('no-store');
    expect(byParameters.body).toEqual(byForm.body);
    expect(explanationsOf(byHeader)[0]?.part?.slice(1)).toEqual(explanationsOf(byForm)[0]?.part?.slice(1));
    const xml = await ask({ token, request: 'GET Patient/p1' }, { accept: 'application/fhir+xml' });
    expect(xml.text).toContain('<valueBoolean value="true"/>');
    const again = await ask({ token, request: 'GET Patient/p1' });
    expect(again.text).toBe(byForm.text);
  });

  it('explains a token alone, and the entries of a bundle one by one', async () => {
    const token = server.token('user/Patient.c');
    expect(explanationsOf(await ask({ token }))).toEqual([]);
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient' } },
        { request: { method: 'GET', url: 'Patient/p1' } },
        { request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=1' } },
        { request: { method: 'GET', url: 'https://elsewhere.example/Patient/p1' } },
        'nonsense',
      ],
    };
    const answer = await ask({ token, request: 'POST /', body: JSON.stringify(bundle) });
    expect(explanationsOf(answer).map(({ part }) => [valueOf(part, 'request'), valueOf(part, 'status')])).toEqual([
      ['entry 0: POST Patient', undefined],
      ['entry 1: GET Patient/p1', 403],
      ['entry 2: POST Patient', 403],
      ['entry 3: GET https://elsewhere.example/Patient/p1', 400],
      ['entry 4: no request', 400],
    ]);
  });

  it('says what is wrong with what it is sent', async () => {
    const token = server.token('user/*.rs');
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { token, request: 'Patient/p1' },
      { token, request: 'GET https://elsewhere.example/Patient' },
      { token, request: `GET Patient?${'a'.repeat(9_000)}` },
      { token, colour: 'red' },
      { token, request: 'POST /', body: '{' },
    ];
    for (const fields of wrong) {
      const answer = await ask(fields);
      expect([fields, answer.status]).toEqual([fields, 400]);
      expect(answer.body.resourceType).toBe('OperationOutcome');
    }
    expect((await server.call('GET', '$explain-access', { token })).headers['allow']).toBe('POST');
    const inUrl = await server.call('POST', `$explain-access?access_token=${token}`, { body: '', headers: form });
    expect(inUrl.body.issue[0].details.coding[0].code).toBe('token-in-query');
  });

  it('touches no stored data: no statement is sent to the database', async () => {
    const asked = [
      'GET Patient/p1',
      'GET Patient?identifier=1',
      'PUT Patient?identifier=1',
      'GET Observation?subject.name=x',
    ];
    const tokens = [server.token('user/*.cruds'), server.token('patient/*.rs', { patient: 'p1' }), 'opaque', 'a.b.c'];
    const explained = await statementsOf(async () => {
      for (const token of tokens) for (const request of asked) expect((await ask({ token, request })).status).toBe(200);
      await server.call('GET', '$my-access', { token: tokens[0]! });
    });
    // A request may be the one that looks for what other processes have revoked.
    expect(explained.filter(({ text }) => !/\bFROM revocation\b/.test(text))).toEqual([]);
    const ofRead = await statementsOf(() => server.call('GET', 'Patient/p1', { token: tokens[0]! }));
    expect(ofRead.some(({ text }) => text.includes('resource'))).toBe(true);
  });

  it('is slowed down by address, and tells how long to wait', async () => {
    const answers: Answer[] = [];
    for (let i = 0; i < 32; i++) answers.push(await ask({ token: 'x' }));
    const last = answers.at(-1)!;
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    expect(last.status).toBe(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    expect(last.body.issue[0].details.coding[0].code).toBe('too-many-explanations');
  });
});

describe('what is explained is what happens', () => {
  const scopes = [
    '',
    'user/*.cruds',
    'user/Patient.r',
    'patient/*.rs',
    'patient/*.cruds',
    'system/*.rs',
    'user/Patient.sr',
  ];
  const lines = [
    'GET Patient/p1',
    'GET Patient/p2',
    'GET Patient',
    'GET Observation?patient=p2',
    'GET Observation?subject.name=x',
    'GET Observation?nonsense=1',
    'GET Patient/p1/Observation',
    'GET Patient/p2/*',
    'GET _history',
    'GET ?_type=Patient,Observation',
    'GET metadatas',
    'GET Patients',
    'GET Group',
    'GET AuditEvent',
    'GET $my-access',
    'GET $nothing',
    'GET Patient/p1/$meta',
    'DELETE Patient?identifier=nobody',
    'GET Patient/p1?name=x',
    'GET Patient?_explain=true',
    'POST Patient/$reindex',
    'POST $reindex',
    'GET $reindex-status?job=999999999',
    'GET $my-disclosures',
    'GET $my-refusals',
  ];

  it.each(scopes)('with the scopes "%s"', async (scope) => {
    const token = server.token(scope, scope.startsWith('patient/') ? { patient: 'p1' } : {});
    for (const line of lines) {
      server.app.get(ExplainThrottle).forget();
      const [method = '', path = ''] = line.split(' ');
      const real = await server.call(method, path, { token });
      const [told] = explanationsOf(await ask({ token, request: line }));
      const status = valueOf(told?.part, 'status');
      // What stored data decides is not told: 404 of a row and 200 are both "permitted".
      if (status === undefined) expect([line, [200, 202, 204, 404, 410].includes(real.status)]).toEqual([line, true]);
      else expect([line, status]).toEqual([line, real.status]);
    }
  });

  it.each([
    ['BTG; reason="unconscious"', { break_glass: true }, 'This server writes no audit'],
    ['BTG; reason="unconscious"', {}, 'which this caller may not do'],
    ['BTG', { break_glass: true }, 'This server writes no audit'],
    ['btg', {}, 'is no purpose'],
    ['TREAT', {}, undefined],
  ])('with X-Purpose-Of-Use: %s and the claims %j', async (purpose, claims, why) => {
    const token = server.token('user/*.rs', claims);
    const headers = { 'x-purpose-of-use': purpose };
    const real = await server.call('GET', 'Patient/p1', { token, headers });
    const answer = await ask({ token, request: `GET Patient/p1\nX-Purpose-Of-Use: ${purpose}` });
    const [told] = explanationsOf(answer);
    expect(valueOf(told?.part, 'status') ?? 200).toBe(real.status);
    if (why === undefined) return expect(real.status).toBe(200);
    expect([answer.text.includes(why), real.text.includes(why)]).toEqual([true, true]);
  });

  it('with what labels and Consents withhold, as far as the token decides', async () => {
    const request = 'GET Observation/o1';
    const plain = await read({ token: server.token('user/*.rs', { clearance: 'N', break_glass: true }), request });
    for (const line of [
      'Labels and Consents',
      '  · The clearance is N: what is labelled higher is withheld.',
      '  · Consents are enforced.',
      '  · The caller may break the glass: X-Purpose-Of-Use: BTG; reason="…".',
    ])
      expect(plain).toContain(line);
    const machine = server.token('system/*.rs', { sub: 'service', client_id: 'service', clearance: 'V' });
    const other = await read({ token: machine, request });
    expect(other).toContain('The clearance is V: no confidentiality label withholds anything.');
    expect(other).toContain('Consents are not enforced: Consents do not count for machines here (CONSENT=users).');
    expect(other).toContain('The caller may not break the glass.');
  });
});

describe('$my-access', () => {
  it('answers as text, and names policies', async () => {
    const token = server.token('user/Encounter.rs openid');
    const answer = await server.call('GET', '$my-access', { token, headers: { accept: 'text/plain' } });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.text).toContain('own-department (constrain status=finished): only finished stays; on Encounter s');
    expect(answer.text).toContain('s      what the policies allow:');
    const json = await server.call('GET', '$my-access', {
      token,
      headers: { accept: 'application/json, text/plain;q=0.5' },
    });
    expect(json.body.resourceType).toBe('Parameters');
    expect((await server.call('GET', '$my-access?_format=text', { token })).text).toBe(answer.text);
    expect(
      (await server.call('GET', 'Patient/p1', { token: server.token('user/*.r'), headers: { accept: 'text/plain' } }))
        .status,
    ).toBe(406);
  });

  it('decides each type once for a request', async () => {
    const policy = vi.spyOn(OwnDepartment.prototype, 'decide');
    await server.call('GET', 'Provenance/x', { token: server.token('patient/*.rs', { patient: 'p1' }) });
    const asked = policy.mock.calls.map(([{ type, permission }]) => `${type}.${permission}`);
    policy.mockRestore();
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(100);
  });
});

it('/metadata lists both', async () => {
  const { body } = await server.call('GET', 'metadata');
  const names = body.rest[0].operation.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['my-access', 'explain-access']));
});

describe('a page link', () => {
  const pages = ['Patient?_count=1', 'Patient/_history?_count=1', '_history?_count=1'];
  const linkOf = async (address: string, token: string): Promise<string> => {
    const { body } = await server.call('GET', address, { token });
    const next = (body.link as readonly { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    );
    return next!.url;
  };
  beforeAll(async () => {
    for (const id of ['p2', 'p3']) {
      const body = { resourceType: 'Patient', id };
      await server.call('PUT', `Patient/${id}`, { token: server.token('user/*.cruds'), body });
    }
  });

  it.each(pages)('of %s is opened for the caller it belongs to, and refused to others', async (address) => {
    const own = server.token('user/Patient.rs');
    const link = await linkOf(address, own);
    const request = `GET ${link}`;
    expect(await read({ token: own, request })).toContain('✔ The page link is of this query and of this access.');
    const other = server.token('user/Patient.rs?gender=female');
    const refused = await read({ token: other, request });
    expect(refused).toContain('[cursor-foreign]');
    expect(refused).toContain(': answered 403.');
    // As the request itself is.
    expect((await server.call('GET', link.slice(base.length + 1), { token: other })).status).toBe(403);
    const broken = await read({ token: own, request: `${request}AAAA` });
    expect(broken).toContain('[cursor-foreign]');
  });

  it('is not judged for a token that does not count: it would tell whose it is', async () => {
    const own = server.token('user/Patient.rs');
    const request = `GET ${await linkOf('Patient?_count=1', own)}`;
    const forged = `${own.slice(0, -8)}AAAAAAAA`;
    for (const asked of [request, `${request}AAAA`]) {
      const text = await read({ token: forged, request: asked });
      expect(text).not.toContain('[cursor-foreign]');
      expect(text).not.toContain('The page link is of this query');
    }
  });
});
