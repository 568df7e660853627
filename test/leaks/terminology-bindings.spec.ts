// Bindings, memberOf and codes of content that rest on another terminology server (docs/adr/0122): what it is sent, and what counts while it is away
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PackageInstaller } from '../../src/fhir/packages/package-installer.js';
import { folder } from '../../src/fhir/packages/package-source.js';
import { adminApi } from '../support/admin-api.js';
import { FarTerminology, farSet, farSystem } from '../support/far-terminology.js';
import { packagesFolder, writePackage } from '../support/fhir-package.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const guide = 'http://near.example/StructureDefinition';
const profileOf = (id: string, element: readonly object[]) => ({
  resourceType: 'StructureDefinition',
  id,
  url: `${guide}/${id}`,
  version: '1.0.0',
  name: `Near-${id}`,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Observation',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
  derivation: 'constraint',
  differential: { element },
});
const bound = (strength: string, valueSet = farSet) =>
  profileOf(strength, [{ id: 'Observation.code', path: 'Observation.code', binding: { strength, valueSet } }]);
const invariant = (id: string, expression: string) =>
  profileOf(id, [
    {
      id: 'Observation.code',
      path: 'Observation.code',
      constraint: [{ key: 'near-1', severity: 'error', human: 'It is an animal', expression }],
    },
  ]);
const near = {
  resourceType: 'ValueSet',
  id: 'near',
  url: 'http://near.example/ValueSet/near',
  version: '1.0.0',
  status: 'active',
  compose: {
    include: [
      { system: 'http://near.example/cs', concept: [{ code: 'house' }] },
      { system: farSystem, filter: [{ property: 'concept', op: 'is-a', value: 'animal' }] },
    ],
  },
};
const resources = [
  near,
  bound('required'),
  bound('extensible'),
  bound('preferred'),
  { ...bound('required', near.url), id: 'near-required', url: `${guide}/near-required` },
  invariant('member', `memberOf('${farSet}')`),
  invariant('no-member', `memberOf('${farSet}').exists().not()`),
];

let far: FarTerminology;
let place: string;
const servers: TestServer[] = [];
/** Named by their systems, and 503 while it is away; a warning then; asked about all; one that lets structures alone count. */
let server: TestServer;
let warning: TestServer;
let forAll: TestServer;
let structure: TestServer;
beforeAll(async () => {
  far = await FarTerminology.start();
  place = await packagesFolder();
  const root = await writePackage(place, { name: 'near.example', version: '1.0.0', resources });
  const named = { url: far.url, canonicals: ['http://far.example/'], timeout: 3000, keep: 0 };
  const start = async (entry: object, others: Readonly<Record<string, string>> = {}) => {
    const one = await startServer({ TERMINOLOGY_SERVERS: JSON.stringify([entry]), ...others });
    servers.push(one);
    await one.app.get(PackageInstaller).install([folder(root)], { by: 'test' });
    return one;
  };
  server = await start(named);
  warning = await start(named, { TERMINOLOGY_AWAY: 'warning' });
  forAll = await start({ url: far.url, keep: 60 });
  structure = await start(named, { VALIDATION: 'structure' });
}, 120_000);
afterAll(async () => {
  for (const one of servers) await one.close();
  await far.close();
  await rm(place, { recursive: true });
});
afterEach(() => {
  far.behaviour = 'serve';
});

const secret = 'Geheimer';
/** All but its code is what no other server may see. */
const observation = (profile: string | undefined, codes: readonly string[], system = farSystem) => ({
  resourceType: 'Observation',
  status: 'final',
  ...(profile !== undefined && { meta: { profile: [`${guide}/${profile}`] } }),
  subject: { reference: `Patient/${secret}`, display: secret },
  note: [{ text: secret }],
  valueString: secret,
  code: { coding: codes.map((code) => ({ system, code, display: secret })), text: secret },
});
const all = 'user/*.cruds';
const post = (body: object, of = server, scope = all): Promise<Answer> =>
  of.call('POST', 'Observation', {
    token: of.token(scope),
    body,
    headers: { prefer: 'return=OperationOutcome' },
  });
const validate = (body: object, of = server): Promise<Answer> =>
  of.call('POST', 'Observation/$validate', { token: of.token(all), body });
const found = ({ body }: Pick<Answer, 'body'>): readonly string[] =>
  (body.issue ?? []).map(
    (issue: { severity: string; details?: { coding?: { code: string }[] } }) =>
      `${issue.severity} ${issue.details?.coding?.[0]?.code}`,
  );
const stored = async (of: TestServer): Promise<number> =>
  (await of.call('GET', 'Observation?_summary=count', { token: of.token(all) })).body.total;

describe('a value set that another server has', () => {
  it('is what bindings of profiles go by, each at its severity', async () => {
    expect((await post(observation('required', ['dog']))).status).toBe(201);
    const refused = await post(observation('required', ['stone']));
    expect([refused.status, found(refused)]).toEqual([422, expect.arrayContaining(['error code-not-in-value-set'])]);
    expect(found(await post(observation('extensible', ['stone'])))).toContain('warning code-not-in-value-set');
    expect(found(await validate(observation('preferred', ['stone'])))).toContain('information code-not-in-value-set');
    expect(found(await validate(observation('preferred', ['dog'])))).not.toContain('information code-not-in-value-set');
  });

  it('is what memberOf goes by', async () => {
    expect((await post(observation('member', ['dog']))).status).toBe(201);
    expect(found(await post(observation('member', ['stone'])))).toContain('error near-1');
  });

  it('may be one of here, of codes that are there', async () => {
    expect((await post(observation('near-required', ['dog']))).status).toBe(201);
    expect((await post(observation('near-required', ['house'], 'http://near.example/cs'))).status).toBe(201);
    expect((await post(observation('near-required', ['stone']))).status).toBe(422);
  });

  it('counts whatever the writer may read', async () => {
    expect((await post(observation('required', ['dog']), server, 'user/Observation.c')).status).toBe(201);
    expect((await post(observation('required', ['stone']), server, 'user/Observation.c')).status).toBe(422);
  });

  it('is asked once for what is remembered, and at once for many', async () => {
    await post(observation('required', ['dog']), forAll);
    far.asked.length = 0;
    const answers = await Promise.all([1, 2, 3].map(() => post(observation('required', ['dog']), forAll)));
    expect([answers.map(({ status }) => status), far.asked]).toEqual([[201, 201, 201], []]);
  });
});

describe('a code without a binding', () => {
  it('is looked for where the settings name its system', async () => {
    expect(found(await post(observation(undefined, ['nothing'])))).toContain('warning unknown-code');
    expect(found(await post(observation(undefined, ['dog'])))).not.toContain('warning unknown-code');
    // The server may have other systems that begin so, and does not have this one.
    const other = await post(observation(undefined, ['dog'], 'http://far.example/CodeSystem/none'));
    expect([other.status, found(other)]).toEqual([201, expect.not.arrayContaining(['warning unknown-code'])]);
  });

  it('is shown to no server that is asked about everything', async () => {
    far.asked.length = 0;
    expect((await post(observation(undefined, ['dog'], 'urn:own:patients'), forAll)).status).toBe(201);
    expect((await post(observation(undefined, ['dog']), forAll)).status).toBe(201);
    expect(far.asked).toEqual([]);
  });
});

describe('another server is sent', () => {
  it('canonicals, codes and filters of value sets, and nothing else of a resource', async () => {
    far.asked.length = 0;
    for (const profile of ['required', 'member', 'near-required', 'extensible'])
      await post(observation(profile, ['dog', 'stone']));
    await validate(observation(undefined, ['dog']));
    expect(far.asked.length).toBeGreaterThan(5);
    const sent = JSON.stringify(far.asked);
    expect([sent.includes(secret), sent.includes('Observation'), sent.includes('near.example')]).toEqual([
      false,
      false,
      false,
    ]);
    const paths = new Set(far.asked.map(({ path }) => path.replace(/\?.*/, '')));
    expect([...paths].toSorted()).toEqual([
      '/CodeSystem',
      '/CodeSystem/$lookup',
      '/ValueSet',
      '/ValueSet/$expand',
      '/ValueSet/$validate-code',
    ]);
  });

  it('at most 200 requests for one resource, and what was not asked does not pass', async () => {
    far.asked.length = 0;
    const many = Array.from({ length: 300 }, (_, i) => `none-${i}`);
    const answer = await post(observation('required', many));
    expect([answer.status, found(answer)]).toEqual([422, expect.arrayContaining(['error not-checked'])]);
    expect(far.asked.length).toBeLessThanOrEqual(200);
    expect(answer.text).toContain('smaller parts');
  });

  it('at most 1000 requests for one Bundle', async () => {
    far.asked.length = 0;
    // It has nothing, and says so soon.
    far.behaviour = 404;
    const codes = (of: number) => Array.from({ length: 150 }, (_, i) => `none-${of}-${i}`);
    const entry = Array.from({ length: 8 }, (_, of) => ({
      resource: observation(undefined, codes(of)),
      request: { method: 'POST', url: 'Observation' },
    }));
    const bundle = { resourceType: 'Bundle', type: 'batch', entry };
    const { body } = await server.call('POST', '', { token: server.token(all), body: bundle });
    expect(new Set(body.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3)))).toEqual(
      new Set(['201']),
    );
    expect([far.asked.length > 900, far.asked.length <= 1000]).toEqual([true, true]);
  });

  it('no code that is longer than any', async () => {
    far.asked.length = 0;
    const answer = await validate(observation('required', ['x'.repeat(10_000)]));
    expect([answer.status, JSON.stringify(far.asked).includes('xxxx')]).toEqual([200, false]);
  });
});

describe('while the other server is away', () => {
  it('nothing is written that rests on it: 503', async () => {
    const before = await stored(server);
    far.behaviour = 'hang';
    for (const profile of ['required', 'member', 'no-member', 'near-required']) {
      const answer = await post(observation(profile, ['dog']));
      expect([profile, answer.status, answer.headers['retry-after']]).toEqual([profile, 503, '5']);
      expect(answer.text).not.toContain('Welcome');
    }
    expect((await validate(observation('required', ['dog']))).status).toBe(503);
    const request = { method: 'POST', url: 'Observation' };
    for (const type of ['batch', 'transaction']) {
      const entry = [{ resource: observation('required', ['dog']), request }];
      const bundle = { resourceType: 'Bundle', type, entry };
      const { status, body } = await server.call('POST', '', { token: server.token(all), body: bundle });
      expect([type, type === 'batch' ? body.entry[0].response.status.slice(0, 3) : String(status)]).toEqual([
        type,
        '503',
      ]);
    }
    far.behaviour = 'serve';
    expect(await stored(server)).toBe(before);
  });

  it('what could be no more than a warning stays one', async () => {
    far.behaviour = 500;
    const answer = await post(observation('extensible', ['dog']));
    expect([answer.status, found(answer)]).toEqual([201, expect.arrayContaining(['warning not-checked'])]);
    far.behaviour = 'nonsense';
    const relaxed = await post(observation('required', ['dog']), structure);
    expect([relaxed.status, found(relaxed)]).toEqual([201, expect.arrayContaining(['warning not-checked'])]);
  });

  it('the setting may make a warning of it, which names the element and the server', async () => {
    far.behaviour = 500;
    for (const profile of ['required', 'member', 'no-member']) {
      const answer = await post(observation(profile, ['dog']), warning);
      expect([profile, answer.status, found(answer)]).toEqual([
        profile,
        201,
        expect.arrayContaining(['warning not-checked']),
      ]);
      expect(answer.text).toContain(`Observation.code: expected`);
      expect(answer.text).toContain(new URL(far.url).host);
    }
  });

  it('what is known here is validated all the same', async () => {
    far.behaviour = 500;
    const house = observation('near-required', ['house'], 'http://near.example/cs');
    expect((await post(house)).status).toBe(201);
    const other = observation('near-required', ['other'], 'http://other.example/cs');
    expect((await post(other)).status).toBe(422);
  });
});

describe('what decides on access', () => {
  it('asks no other server: a scope with such a condition reaches nothing', async () => {
    await post(observation(undefined, ['dog']));
    far.asked.length = 0;
    for (const condition of [`code:in=${farSet}`, `code:below=${farSystem}|animal`]) {
      const token = server.token(`user/Observation.rs?${condition}`);
      const answer = await server.call('GET', 'Observation', { token });
      expect([condition, answer.status]).toEqual([condition, 403]);
      expect(answer.text).toContain('modifiers are not supported in a scope');
    }
    expect(far.asked).toEqual([]);
  });

  it('says of a policy that rests on one why it is refused', async () => {
    const admin = await adminApi(server);
    const rules = [{ types: ['Observation'], constrain: `code:in=${farSet}` }];
    const policy = { description: 'Animals', assignedTo: { clients: ['animals'] }, rules };
    far.asked.length = 0;
    const answer = await admin.call('PUT', 'policies/animals', policy);
    expect([answer.status, far.asked]).toEqual([400, []]);
    expect(answer.text).toContain('other terminology servers are not asked');
  });
});
