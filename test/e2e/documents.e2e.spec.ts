// Documents that are open without a token: https://hl7.org/fhir/R4/http.html#capabilities
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../src/r4/json/json.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { reasons } from '../../src/refusal/reasons.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

/** Of parameters with a syntax of their own. */
const ownValues: Readonly<Record<string, string>> = {
  _content: 'x',
  _filter: encodeURIComponent('_id eq x'),
  _list: 'x',
  _text: 'x',
};

interface Capabilities {
  readonly rest: readonly [
    {
      readonly security: {
        readonly cors: boolean;
        readonly extension: readonly object[];
        readonly service: readonly { readonly coding: readonly object[] }[];
      };
      readonly resource: readonly {
        readonly type: string;
        readonly interaction: readonly { readonly code: string }[];
        readonly searchParam: readonly { readonly name: string; readonly definition: string; readonly type: string }[];
        readonly operation?: readonly { readonly name: string; readonly definition: string }[];
      }[];
      readonly interaction: readonly { readonly code: string }[];
      readonly operation: readonly { readonly name: string; readonly definition: string }[];
      readonly searchParam: readonly { readonly name: string }[];
    },
  ];
}

const app = 'https://app.example';
let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer({ CORS_ORIGINS: app });
  all = server.token('user/*.cruds admin/*.cruds');
});
afterAll(() => server.close());

const open = (path: string, headers: Readonly<Record<string, string>> = {}) => server.call('GET', path, { headers });
const send = (method: string, path: string, body?: object) =>
  server.call(method, path, { token: all, ...(body && { body }) });

describe('/metadata', () => {
  const required: Readonly<Record<string, object>> = {
    Observation: { status: 'final', code: { text: 'x' } },
    Organization: { name: 'x' },
  };
  const aResource = (type: string) => ({ resourceType: type, ...required[type] });
  const statement = async () => (await open('metadata')).body as Capabilities;
  /** Each interaction that R4 has for a type, called for real. */
  const calls: Readonly<Record<string, (type: string, id: string) => Promise<Answer>>> = {
    read: (type, id) => send('GET', `${type}/${id}`),
    vread: (type, id) => send('GET', `${type}/${id}/_history/1`),
    update: (type, id) => send('PUT', `${type}/${id}`, { ...aResource(type), id }),
    patch: (type, id) =>
      server.call('PATCH', `${type}/${id}`, {
        token: all,
        body: [{ op: 'add', path: '/language', value: 'en' }],
        headers: { 'content-type': 'application/json-patch+json' },
      }),
    delete: (type, id) => send('DELETE', `${type}/${id}`),
    'history-instance': (type, id) => send('GET', `${type}/${id}/_history`),
    'history-type': (type) => send('GET', `${type}/_history`),
    create: (type) => send('POST', type, aResource(type)),
    'search-type': (type) => send('GET', type),
  };
  const systemCalls: Readonly<Record<string, () => Promise<Answer>>> = {
    transaction: () => send('POST', '', { resourceType: 'Bundle', type: 'transaction' }),
    batch: () => send('POST', '', { resourceType: 'Bundle', type: 'batch' }),
    'search-system': () => send('GET', '?_type=Patient'),
    'history-system': () => send('GET', '_history'),
  };

  it('is open, names this server, and says SMART-on-FHIR and CORS', async () => {
    const { status, headers, body } = await open('metadata');
    expect([status, headers['content-type']]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect(body).toMatchObject({
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      implementation: { url: base },
    });
    const { security } = (body as Capabilities).rest[0];
    expect(security.cors).toBe(true);
    expect(security.service[0]?.coding).toEqual([
      { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
    ]);
    const smart = (await open('.well-known/smart-configuration')).body;
    expect(security.extension).toEqual([
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [
          { url: 'authorize', valueUri: smart.authorization_endpoint },
          { url: 'token', valueUri: smart.token_endpoint },
          { url: 'register', valueUri: smart.registration_endpoint },
          { url: 'manage', valueUri: smart.management_endpoint },
          { url: 'introspect', valueUri: smart.introspection_endpoint },
          { url: 'revoke', valueUri: smart.revocation_endpoint },
        ],
      },
    ]);
    expect((await open('metadata', { authorization: 'Bearer rubbish' })).status).toBe(200);
  });

  it.each(['metadata', 'CodeSystem/denial-reason'])('%s is valid R4', async (address) => {
    const { text } = await open(address);
    expect(validateResource(parseJson(text)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('names a definition of each operation, which is open, valid R4, and no stored resource', async () => {
    const [rest] = (await statement()).rest;
    const named = [rest.operation, ...rest.resource.map(({ operation = [] }) => operation)].flat();
    const codes = [...new Set(named.map(({ name }) => name))];
    expect(codes.length).toBeGreaterThanOrEqual(12);
    for (const code of codes) {
      const { status, text, body } = await open(`metadata/OperationDefinition/${code}`);
      const wrong = validateResource(parseJson(text)).filter(({ severity }) => severity === 'error');
      expect([code, status, body.code, wrong]).toEqual([code, 200, code, []]);
      const canonicals = named.filter(({ name }) => name === code).map(({ definition }) => definition);
      expect([body.url, body.base]).toContain(canonicals[0]);
    }
    const xml = await open('metadata/OperationDefinition/validate', { accept: 'application/fhir+xml' });
    expect(xml.text).toMatch(/^<.*<OperationDefinition /s);
    expectOutcome(await open('metadata/OperationDefinition/nothing'), 404);
    expectOutcome(await open('OperationDefinition/validate'), 401);
    expectOutcome(await open('metadata/OperationDefinition/a/b'), 401);
    expectOutcome(await send('PUT', 'metadata/OperationDefinition/validate', {}), 405);
  });

  it('lists every R4 type once', async () => {
    const types = (await statement()).rest[0].resource.map(({ type }) => type);
    expect(types).toHaveLength(new Set(types).size);
    expect(types.length).toBeGreaterThanOrEqual(146);
  });

  it.each(['Patient', 'Observation', 'Organization'])('claims of %s exactly what works', async (type) => {
    const claimed = (await statement()).rest[0].resource.find((one) => one.type === type)!;
    const codes = claimed.interaction.map(({ code }) => code);
    expect(codes).toContain('read');
    for (const [code, perform] of Object.entries(calls)) {
      const { body } = await send('POST', type, aResource(type));
      const answer = await perform(type, body.id);
      if (codes.includes(code)) expect([code, Math.floor(answer.status / 100)]).toEqual([code, 2]);
      else expectOutcome(answer, 501, /not offered/);
    }
  });

  const searched = ['Patient', 'Observation', 'Location', 'MolecularSequence', 'RiskAssessment', 'ValueSet', 'Binary'];
  it.each(searched)('claims the search parameters of %s that work', async (type) => {
    const claimed = (await statement()).rest[0].resource.find((one) => one.type === type)!;
    const values: Readonly<Record<string, string>> = {
      token: 'x',
      date: '2024',
      reference: 'x',
      string: 'x',
      number: '5',
      quantity: '5',
      uri: 'http://x',
      special: '1|2|3',
    };
    const r4 = new SearchParameters();
    const composite = (url: string) =>
      r4.findByUrl(url)!.component!.map(({ definition }) => values[r4.findByUrl(definition)!.type]);
    for (const { name, definition, type: kind } of claimed.searchParam) {
      expect(definition).toMatch(/^http:\/\/hl7\.org\/fhir\/SearchParameter\//);
      const value = ownValues[name] ?? values[kind] ?? composite(definition).join('$');
      const answer = await send('GET', `${type}?${name}=${value}`);
      expect([name, answer.status, answer.body.type]).toEqual([name, 200, 'searchset']);
      expect(answer.body.link[0].url).toContain(`${name}=`);
    }
    const file = new URL('../../definitions/r4/search-parameters.json', import.meta.url);
    const published = JSON.parse(readFileSync(file, 'utf8')) as { code: string; base: string[] }[];
    const names = new Set(claimed.searchParam.map(({ name }) => name));
    const missing = published.filter((one) => one.base.includes(type) && !names.has(one.code));
    expect(missing).toEqual([]);
    const common = ['_content', '_filter', '_list', ...(type === 'Binary' ? [] : ['_text'])];
    expect([...names].filter((name) => name in ownValues).toSorted()).toEqual(common);
    expectOutcome(await send('GET', `${type}?_query=x`), 400, /_query is a search parameter of/);
  });

  it('claims the parameters that searches of the whole system take', async () => {
    const claimed = (await statement()).rest[0].searchParam.map(({ name }) => name);
    const common = ['_content', '_filter', '_id', '_lastUpdated', '_list', '_profile', '_security', '_source', '_tag'];
    expect(claimed.toSorted()).toEqual([...common, '_type']);
    const systemValues: Readonly<Record<string, string>> = { ...ownValues, _lastUpdated: 'gt2020', _type: 'Patient' };
    for (const name of claimed) {
      const answer = await send('GET', `?${name}=${systemValues[name] ?? 'x'}`);
      expect([name, answer.status]).toEqual([name, 200]);
    }
  });

  it('claims the interactions of the system that work, and its operations', async () => {
    const [rest] = (await statement()).rest;
    const codes = rest.interaction.map(({ code }) => code);
    for (const [code, perform] of Object.entries(systemCalls)) {
      const { status } = await perform();
      expect([code, status]).toEqual([code, codes.includes(code) ? 200 : 501]);
    }
    const operations = {
      'explain-access': ['POST', '?request=GET%20Patient', 200],
      'job-status': ['GET', '?job=x', 404],
      'my-access': ['GET', '', 200],
      'my-disclosures': ['GET', '', 403],
      diff: ['GET', '?from=Patient/nobody&to=Patient/nobody', 404],
      'get-resource-counts': ['GET', '', 200],
      graphql: ['GET', '?query={__typename}', 200],
      'my-refusals': ['GET', '', 200],
      reindex: ['POST', '', 202],
      export: ['GET', '', 403],
      import: ['POST', '', 403],
      'bulk-submit': ['POST', '', 403],
      'bulk-submit-status': ['POST', '', 403],
      'export-file': ['GET', '?job=1&file=1', 404],
      'reindex-status': ['GET', '?job=1', 200],
      'replace-references': ['POST', '', 400],
      'undo-merge': ['POST', '', 400],
      closure: ['POST', '', 400],
    } as const;
    expect(rest.operation.map(({ name }) => name).toSorted()).toEqual(Object.keys(operations).toSorted());
    for (const [name, [method, query, status]] of Object.entries(operations)) {
      expect([name, (await send(method, `$${name}${query}`)).status]).toEqual([name, status]);
    }
    const ofTypes = new Set(rest.resource.flatMap(({ operation = [] }) => operation.map(({ name }) => name)));
    expect([...ofTypes].toSorted()).toEqual([
      'closure',
      'diff',
      'docref',
      'document',
      'everything',
      'expand',
      'export',
      'graph',
      'graphql',
      'lastn',
      'lookup',
      'match',
      'member-match',
      'merge',
      'meta',
      'meta-add',
      'meta-delete',
      'purge',
      'reindex',
      'snapshot',
      'status',
      'subsumes',
      'summary',
      'translate',
      'undo-merge',
      'validate',
      'validate-code',
    ]);
  });

  it('says which formats there are when asked for another', async () => {
    expectOutcome(
      await open('metadata', { accept: 'application/fhir+turtle' }),
      406,
      /fhir\+json or application\/fhir\+xml/,
    );
  });
});

describe('smart-configuration', () => {
  it('is open JSON, whatever Accept says', async () => {
    const { status, headers } = await open('.well-known/smart-configuration', { accept: 'application/fhir+xml' });
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  it('4–7: claims what works: v1 and v2 scopes, endpoints by absolute addresses, scopes that really count', async () => {
    const { body } = await open('.well-known/smart-configuration');
    expect(body.capabilities).toEqual(expect.arrayContaining(['permission-v1', 'permission-v2', 'permission-user']));
    for (const [name, value] of Object.entries(body)) {
      if (/_endpoint$|_uri$|^issuer$/.test(name)) expect(value).toMatch(/^https?:\/\//);
    }
    expect(body.scopes_supported).toEqual(expect.arrayContaining(['openid', 'launch/patient', 'patient/*.rs']));
    for (const scope of (body.scopes_supported as string[]).filter((one) => one.includes('.'))) {
      const claims = scope.startsWith('system/') ? { sub: 'app-1' } : { patient: 'p1' };
      const { body: access } = await server.call('GET', '$my-access', { token: server.token(scope, claims) });
      const names = access.parameter.map(({ name }: { name: string }) => name);
      const kind = scope.startsWith('admin/') ? 'administers' : 'scope';
      expect([scope, names.includes(kind), names.includes('ignored')]).toEqual([scope, true, false]);
    }
  });

  it('names keys that can be fetched openly', async () => {
    const { body } = await open('.well-known/smart-configuration');
    expect(body.jwks_uri).toBe('http://localhost:3000/oauth2/jwks');
    const keys = await open('/oauth2/jwks');
    expect(keys.status).toBe(200);
    expect(keys.body.keys[0]).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' });
    expect(keys.body.keys[0].d).toBeUndefined();
  });
});

describe('protected resource metadata (RFC 9728)', () => {
  it('describes exactly this FHIR base', async () => {
    const { status, headers, body } = await open('/.well-known/oauth-protected-resource/fhir/r4');
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toMatchObject({
      resource: base,
      authorization_servers: ['http://localhost:3000/oauth2', server.issuer.url],
      bearer_methods_supported: ['header'],
      resource_documentation: 'http://localhost:3000/docs/access',
    });
    expect(body.scopes_supported).toContain('user/*.rs');
  });

  it('is where the challenge points to', async () => {
    const challenge = String((await open('Patient')).headers['www-authenticate']);
    const url = /resource_metadata="([^"]+)"/.exec(challenge)![1]!;
    expect((await open(new URL(url).pathname)).body.resource).toBe(base);
  });

  it.each(['', '/', '/other', '/fhir', '/fhir/r4/Patient', '/fhir/r5'])('is not at %j', async (path) => {
    expectOutcome(await open(`/.well-known/oauth-protected-resource${path}`), 404);
  });
});

describe('below a PUBLIC_URL with a path', () => {
  const publicUrl = 'https://host.example/lanyard/one';
  let below: TestServer;

  beforeAll(async () => {
    below = await startServer({ PUBLIC_URL: publicUrl });
  });
  afterAll(() => below.close());

  it.each(['/lanyard/one', ''])('works with the path %j in front', async (prefix) => {
    const token = below.token('user/*.cruds', { aud: `${publicUrl}/fhir/r4` });
    const get = (path: string) => below.call('GET', path, { token });
    expect((await get(`${prefix}/fhir/r4/metadata`)).body.implementation.url).toBe(`${publicUrl}/fhir/r4`);
    expect((await get(`${prefix}/fhir/r4/.well-known/smart-configuration`)).body.issuer).toBe(`${publicUrl}/oauth2`);
    expect((await get(`${prefix}/docs/access`)).status).toBe(200);
    expect((await get(`${prefix}/health/live`)).status).toBe(200);
    expect((await get(`${prefix}/oauth2/jwks`)).body.keys).toHaveLength(1);
    const body = { resourceType: 'Patient' };
    const created = await below.call('POST', `${prefix}/fhir/r4/Patient`, { token, body });
    expect(created.headers['location']).toMatch(/^https:\/\/host\.example\/lanyard\/one\/fhir\/r4\/Patient\//);
    expect((await below.call('GET', `${prefix}/fhir/r4/Patient`)).status).toBe(401);
    const bundle = { resourceType: 'Bundle', type: 'batch' };
    expect((await below.call('POST', `${prefix}/fhir/r4`, { token, body: bundle })).status).toBe(200);
  });

  it('inserts the well-known path before that of the resource', async () => {
    const challenge = String((await below.call('GET', 'Patient')).headers['www-authenticate']);
    const url = /resource_metadata="([^"]+)"/.exec(challenge)![1]!;
    expect(url).toBe('https://host.example/.well-known/oauth-protected-resource/lanyard/one/fhir/r4');
    for (const path of [new URL(url).pathname, '/.well-known/oauth-protected-resource/fhir/r4']) {
      expect((await below.call('GET', path)).body.resource).toBe(`${publicUrl}/fhir/r4`);
    }
  });
});

describe('the reasons of refusals', () => {
  const codes = Object.keys(reasons);

  it('are an open CodeSystem', async () => {
    const { status, body } = await open('CodeSystem/denial-reason');
    expect([status, body.url]).toEqual([200, `${base}/CodeSystem/denial-reason`]);
    expect(body.concept.map(({ code }: { code: string }) => code)).toEqual(codes);
    for (const { display, definition } of body.concept)
      expect([display, definition].join('').length).toBeGreaterThan(30);
  });

  it('each have an anchor on /docs/access, where error_uri points', async () => {
    const { status, headers, text } = await open('/docs/access');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    for (const code of codes) expect(text).toContain(`id="${code}"`);
    const challenge = String((await open('Patient', { authorization: 'Bearer x.y.z' })).headers['www-authenticate']);
    const [, path, code] = /error_uri="http:\/\/localhost:3000([^"#]+)#([^"]+)"/.exec(challenge)!;
    expect([path, codes.includes(code!)]).toEqual(['/docs/access', true]);
  });

  it('each have a page below it, can be searched for, and one that is not there says what was meant', async () => {
    const own = await open('/docs/access/token-expired');
    expect([own.status, own.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(own.text).toContain('What to do');
    const found = await open('/docs/access?q=token%20expired');
    expect(found.text).toContain('id="token-expired"');
    expect(found.text).not.toContain('id="scope-missing"');
    const wrong = await open('/docs/access/token-expierd');
    expect(wrong.status).toBe(404);
    expect(wrong.text).toContain('Did you mean http://localhost:3000/docs/access/token-expired?');
    expect((await open('/docs/access/__proto__')).status).toBe(404);
  });
});

describe('cross-origin requests', () => {
  const preflight = (path: string, origin: string, method = 'GET') =>
    server.call('OPTIONS', path, {
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type',
      },
    });
  const allowed = ({ headers }: Answer) => headers['access-control-allow-origin'];

  it.each([
    'metadata',
    '.well-known/smart-configuration',
    'CodeSystem/denial-reason',
    '/.well-known/oauth-protected-resource/fhir/r4',
    '/oauth2/jwks',
  ])('any origin may read %s', async (path) => {
    const answer = await open(path, { origin: 'https://anybody.example' });
    expect(answer.status).toBe(200);
    expect(['*', 'https://anybody.example']).toContain(allowed(answer));
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it.each([
    ['Patient', 'GET'],
    ['Patient/x', 'PUT'],
    ['Patient/x', 'DELETE'],
    ['', 'POST'],
    ['login', 'POST'],
    ['refresh', 'POST'],
  ])('a configured origin may ask %s by %s, with Authorization, without a token', async (path, method) => {
    const answer = await preflight(path, app, method);
    expect(answer.status).toBe(204);
    expect(allowed(answer)).toBe(app);
    expect(answer.headers['access-control-allow-headers']?.toLowerCase()).toContain('authorization');
    expect(answer.headers['access-control-allow-methods']).toContain(method);
  });

  it('an origin that is not configured is not allowed', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
      expect(allowed(await preflight('Patient', origin))).toBeUndefined();
      expect(allowed(await server.call('GET', 'Patient', { token: all, headers: { origin } }))).toBeUndefined();
    }
  });

  it('a browser can read the reasons and the versions', async () => {
    const refused = await open('Patient', { origin: app });
    expect([refused.status, allowed(refused)]).toEqual([401, app]);
    const exposed = refused.headers['access-control-expose-headers']!.split(/,\s*/);
    for (const name of ['WWW-Authenticate', 'ETag', 'Location', 'Content-Location', 'X-Request-Id', 'Retry-After']) {
      expect(exposed).toContain(name);
    }
    const forbidden = await server.call('GET', 'Patient', { token: server.token('openid'), headers: { origin: app } });
    expect([forbidden.status, allowed(forbidden)]).toEqual([403, app]);
    const found = await server.call('GET', 'Patient', { token: all, headers: { origin: app } });
    expect([found.status, allowed(found)]).toEqual([200, app]);
    expect(found.headers['vary']).toMatch(/origin/i);
  });
});

describe('probes', () => {
  it('say that the process lives and the database answers, to anybody', async () => {
    const live = await open('/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    const ready = await open('/health/ready', { authorization: 'Bearer rubbish' });
    const parts = { database: 'up', migrations: 'up', keys: 'up', index: 'up', issuers: 'up' };
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', ...parts }]);
  });
});
