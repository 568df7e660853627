// Other terminology servers (docs/adr/0091): what they are asked, for whom, and what counts while they are away
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccessPolicies } from '../../src/fhir/storage/policies/access-policies.js';
import { adminApi } from '../support/admin-api.js';
import { FarTerminology, farMap, farSet, farSystem, farToken } from '../support/far-terminology.js';
import { aPatient, anObservation } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let far: FarTerminology;
/** Asks each time; the other remembers, logs in by client credentials, and tells of absence in answers. */
let server: TestServer;
let remembering: TestServer;
beforeAll(async () => {
  far = await FarTerminology.start();
  const canonicals = ['http://far.example/'];
  const one = { url: far.url, canonicals, token: 'given', timeout: 400, keep: 0 };
  server = await startServer({ TERMINOLOGY_SERVERS: JSON.stringify([one]) });
  const client = {
    tokenUrl: `${far.url}/token`,
    clientId: 'near',
    clientSecret: 'a-secret-of-the-near-one',
    scope: 'system/*.rs',
  };
  remembering = await startServer({
    TERMINOLOGY_SERVERS: JSON.stringify([{ url: far.url, client, timeout: 400 }]),
    TERMINOLOGY_AWAY: 'warning',
  });
});
afterAll(async () => {
  await server.close();
  await remembering.close();
  await far.close();
});

const all = 'user/*.cruds';
const get = (path: string, scope = all, of = server) => of.call('GET', path, { token: of.token(scope) });
const valueOf = ({ body }: Pick<Answer, 'body'>, name: string): unknown => {
  const parameters: readonly { readonly name: string }[] = body.parameter ?? [];
  const found = parameters.find((one) => one.name === name) ?? {};
  return Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
const valid = `CodeSystem/$validate-code?url=${farSystem}`;
const member = `ValueSet/$validate-code?url=${farSet}&system=${farSystem}`;

describe('a code system that another server has', () => {
  it('is looked up, validated and compared there', async () => {
    const told = await get(`CodeSystem/$lookup?system=${farSystem}&code=dog&displayLanguage=de`);
    expect([told.status, valueOf(told, 'display'), valueOf(told, 'version')]).toEqual([200, 'Hund', '7']);
    expect(told.text).toContain('"animal"');
    expect((await get(`CodeSystem/$lookup?system=${farSystem}&code=nothing`)).status).toBe(404);
    expect(valueOf(await get(`${valid}&code=dog&display=dog`), 'result')).toBe(true);
    expect(valueOf(await get(`${valid}&code=dog&display=cat`), 'result')).toBe(false);
    expect(valueOf(await get(`${valid}&code=nothing`), 'result')).toBe(false);
    const compared = (a: string, b: string) => get(`CodeSystem/$subsumes?system=${farSystem}&codeA=${a}&codeB=${b}`);
    expect(valueOf(await compared('animal', 'dog'), 'outcome')).toBe('subsumes');
    expect(valueOf(await compared('dog', 'animal'), 'outcome')).toBe('subsumed-by');
    expect(valueOf(await compared('stone', 'animal'), 'outcome')).toBe('not-subsumed');
  });

  it('has its value sets expanded and its maps asked there', async () => {
    const { body, status } = await get(`ValueSet/$expand?url=${farSet}&count=5`);
    expect([status, body.expansion?.total]).toEqual([200, 2]);
    expect(body.expansion.contains.map(({ code }: { code: string }) => code)).toEqual(['animal', 'dog']);
    const filtered = await get(`ValueSet/$expand?url=${farSet}&count=5&filter=do`);
    expect(filtered.body.expansion.contains.map(({ code }: { code: string }) => code)).toEqual(['dog']);
    expect(valueOf(await get(`${member}&code=dog`), 'result')).toBe(true);
    expect(valueOf(await get(`${member}&code=stone`), 'result')).toBe(false);
    const mapped = await get(`ConceptMap/$translate?url=${farMap}&system=${farSystem}&code=dog`);
    expect([mapped.status, valueOf(mapped, 'result'), mapped.text.includes('canis')]).toEqual([200, true, true]);
    expect((await get(`ConceptMap/$translate?url=http://far.example/none&system=${farSystem}&code=dog`)).status).toBe(
      404,
    );
  });

  it('is what searches go by', async () => {
    const token = server.token(all);
    await server.call('PUT', 'Patient/p', { token, body: aPatient({ id: 'p' }) });
    for (const code of ['dog', 'stone']) {
      const body = { ...anObservation('Patient/p', { code: { coding: [{ system: farSystem, code }] } }), id: code };
      await server.call('PUT', `Observation/${code}`, { token, body });
    }
    const idsOf = async (query: string) =>
      ((await get(query)).body.entry ?? []).map((one: { resource: { id: string } }) => one.resource.id);
    expect(await idsOf(`Observation?code:below=${farSystem}|animal`)).toEqual(['dog']);
    expect(await idsOf(`Observation?code:in=${farSet}`)).toEqual(['dog']);
  });

  it('is asked with the credentials of the settings, and once while its answer is remembered', async () => {
    far.asked.length = 0;
    await get(`CodeSystem/$lookup?system=${farSystem}&code=dog`);
    expect(new Set(far.asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer given']));
    await get(`CodeSystem/$lookup?system=${farSystem}&code=dog`, all, remembering);
    const [token, ...others] = far.asked.filter(({ authorization }) => authorization !== 'Bearer given');
    expect(token).toMatchObject({ path: '/token?grant_type=client_credentials&scope=system%2F*.rs' });
    expect(Buffer.from(token!.authorization!.slice(6), 'base64').toString()).toBe('near:a-secret-of-the-near-one');
    expect(new Set(others.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${farToken}`]));
    const count = far.asked.length;
    expect((await get(`CodeSystem/$lookup?system=${farSystem}&code=dog`, all, remembering)).status).toBe(200);
    expect(far.asked).toHaveLength(count);
  });

  it('is not asked about canonicals that the settings do not name, nor about R4’s own', async () => {
    far.asked.length = 0;
    await get('CodeSystem/$lookup?system=http://elsewhere.example/cs&code=dog');
    await get('CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male', all, remembering);
    expect(far.asked).toEqual([]);
  });
});

describe('while it is away', () => {
  afterEach(() => {
    far.behaviour = 'serve';
  });

  it.each(['hang', 'huge', 'nonsense', 500, 302, 401] as const)('(%s) answers are 503 and soon', async (behaviour) => {
    const own = await startServer({
      TERMINOLOGY_SERVERS: JSON.stringify([{ url: far.url, timeout: 300, keep: 0 }]),
    });
    try {
      far.behaviour = behaviour;
      for (const path of [
        `CodeSystem/$lookup?system=${farSystem}&code=dog`,
        `${valid}&code=dog`,
        `ValueSet/$expand?url=${farSet}`,
        `ConceptMap/$translate?url=${farMap}&system=${farSystem}&code=dog`,
        `Observation?code:in=${farSet}`,
      ]) {
        const answer = await get(path, all, own);
        expect([path, answer.status, answer.headers['retry-after']]).toEqual([path, 503, '5']);
        expect(answer.text).not.toContain('Welcome');
      }
      // Three failures let it rest: nobody waits for it any more.
      far.asked.length = 0;
      far.behaviour = 'serve';
      expect((await get(`${valid}&code=dog`, all, own)).status).toBe(503);
      expect(far.asked).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('lies about another code system are no answer', async () => {
    far.behaviour = 'lie';
    expect((await get(`ValueSet/$expand?url=${farSet}`)).status).not.toBe(200);
    const compose = { include: [{ system: farSystem }] };
    const body = {
      resourceType: 'Parameters',
      parameter: [{ name: 'valueSet', resource: { resourceType: 'ValueSet', status: 'active', compose } }],
    };
    const answer = await server.call('POST', 'ValueSet/$expand', { token: server.token(all), body });
    expect([answer.status, answer.text.includes('other.example')]).toEqual([503, false]);
  });

  it('the setting may let $validate-code say so, and never lets a code pass', async () => {
    far.behaviour = 500;
    const answer = await get(`${valid}&code=stone`, all, remembering);
    expect([answer.status, valueOf(answer, 'result')]).toEqual([200, false]);
    expect(String(valueOf(answer, 'message'))).toContain('does not answer');
    expect((await get(`ValueSet/$expand?url=http://far.example/other`, all, remembering)).status).toBe(503);
  });
});

describe('who is told', () => {
  it.each([
    'user/ValueSet.rs user/ConceptMap.rs?_tag=urn:t|mine',
    'user/CodeSystem.rs?_tag=urn:t|mine user/ValueSet.rs?_tag=urn:t|mine',
  ])('other servers answer nobody who may read only some definitions (%s)', async (scope) => {
    far.asked.length = 0;
    for (const path of [
      `CodeSystem/$lookup?system=${farSystem}&code=dog`,
      `${valid}&code=dog`,
      `${member}&code=dog`,
      `ConceptMap/$translate?url=${farMap}&system=${farSystem}&code=dog`,
    ]) {
      const { text, body } = await get(path, scope);
      expect([path, text.includes('Dog'), valueOf({ body }, 'result') === true]).toEqual([path, false, false]);
    }
    expect(far.asked.filter(({ path }) => !path.startsWith('/ValueSet?'))).toEqual([]);
  });

  it('no policy is decided by what another server says: what it names only there reaches nothing', async () => {
    const admin = await adminApi(server);
    const token = server.token(all);
    await server.call('PUT', 'Patient/q', { token, body: aPatient({ id: 'q' }) });
    const code = { coding: [{ system: farSystem, code: 'dog' }] };
    await server.call('PUT', 'Observation/q', { token, body: { ...anObservation('Patient/q', { code }), id: 'q' } });
    const compose = { include: [{ system: farSystem, concept: [{ code: 'dog' }] }] };
    const here = { resourceType: 'ValueSet', id: 'here', url: 'http://here.example/vs', status: 'active', compose };
    await server.call('PUT', 'ValueSet/here', { token, body: here });
    const constrainTo = async (constrain: string) => {
      const rules = [{ types: ['Observation'], constrain }];
      const policy = { description: 'Animals', assignedTo: { clients: ['animals'] }, rules };
      return (await admin.call('PUT', 'policies/animals', policy)).status;
    };
    expect(await constrainTo('code:in=http://here.example/vs')).toBeLessThan(300);
    const mine = server.token('user/Observation.rs', { client_id: 'animals' });
    expect((await server.call('GET', 'Observation/q', { token: mine })).status).toBe(200);
    far.asked.length = 0;
    for (const constrain of [`code:in=${farSet}`, `code:below=${farSystem}|animal`])
      expect([constrain, await constrainTo(constrain)]).toEqual([constrain, 400]);
    // The value set that it rests on is now one of which only the other server knows the codes.
    const filter = [{ property: 'concept', op: 'is-a', value: 'animal' }];
    const body = { ...here, compose: { include: [{ system: farSystem, filter }] } };
    await server.call('PUT', 'ValueSet/here', { token, body });
    await server.app.get(AccessPolicies).lookAfresh();
    expect((await server.call('GET', 'Observation/q', { token: mine })).status).not.toBe(200);
    expect(far.asked).toEqual([]);
  });
});
