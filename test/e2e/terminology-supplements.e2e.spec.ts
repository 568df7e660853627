// Supplements of code systems (https://hl7.org/fhir/R4/codesystem.html#supplements, docs/adr/0105)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { storeAll } from '../support/stored.js';

const system = 'http://example.org/CodeSystem/animals';
const valueSet = 'http://example.org/ValueSet/animals';
const animals = {
  resourceType: 'CodeSystem',
  id: 'animals',
  url: system,
  version: '3.0.0',
  name: 'Animals',
  status: 'active',
  content: 'complete',
  concept: [
    { code: 'dog', display: 'Dog' },
    { code: 'bird', display: 'Bird' },
  ],
};
const all = {
  resourceType: 'ValueSet',
  id: 'animals',
  url: valueSet,
  status: 'active',
  compose: { include: [{ system }] },
};

let server: TestServer;

const call = (method: string, path: string, body?: object): Promise<Answer> =>
  server.call(method, path, { token: server.token('user/*.cruds'), ...(body && { body }) });
const get = (path: string, query: Readonly<Record<string, string>>): Promise<Answer> =>
  call('GET', `${path}?${new URLSearchParams(query).toString()}`);
const valuesOf = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (body.parameter ?? []).map(({ name, ...value }: { name: string }) => [name, Object.values(value)[0]]),
  );
const codesOf = ({ body }: Answer): readonly string[] =>
  (body.expansion.contains ?? []).map(({ code }: { code: string }) => code);

describe('supplements', () => {
  const supplement = {
    resourceType: 'CodeSystem',
    id: 'animals-nl',
    url: 'http://example.org/CodeSystem/animals-nl',
    version: '1.0.0',
    name: 'AnimalsNl',
    status: 'active',
    content: 'supplement',
    supplements: system,
    property: [{ code: 'sound', type: 'string' }],
    concept: [
      {
        code: 'dog',
        designation: [{ language: 'nl', value: 'hond' }],
        property: [{ code: 'sound', valueString: 'waf' }],
      },
    ],
  };
  const named = {
    resourceType: 'ValueSet',
    id: 'named',
    url: 'http://example.org/ValueSet/named',
    status: 'active',
    compose: { include: [{ system, filter: [{ property: 'sound', op: '=', value: 'waf' }] }] },
    extension: [
      { url: 'http://hl7.org/fhir/StructureDefinition/valueset-supplement', valueCanonical: `${supplement.url}|1.0.0` },
    ],
  };
  beforeAll(async () => {
    server = await startServer();
    await storeAll(server, [animals, all, supplement, named]);
  });
  afterAll(() => server.close());

  const asked = { url: valueSet, displayLanguage: 'nl', useSupplement: supplement.url };

  it('add designations and properties where a call chooses them', async () => {
    const told = await get('CodeSystem/$lookup', { system, code: 'dog', useSupplement: supplement.url });
    expect(told.text).toContain('hond');
    expect(told.text).toContain('waf');
    expect((await get('CodeSystem/$lookup', { system, code: 'dog' })).text).not.toContain('hond');
    const { body } = await get('ValueSet/$expand', asked);
    expect(body.expansion.contains).toContainEqual(expect.objectContaining({ code: 'dog', display: 'hond' }));
    expect(body.expansion.parameter).toContainEqual({ name: 'used-supplement', valueUri: `${supplement.url}|1.0.0` });
    const right = { url: valueSet, system, code: 'dog', display: 'hond' };
    expect(valuesOf(await get('ValueSet/$validate-code', right))['result']).toBe(false);
    expect(valuesOf(await get('ValueSet/$validate-code', { ...right, useSupplement: supplement.url }))['result']).toBe(
      true,
    );
  });

  it('count where the value set names them, also for its filters', async () => {
    expect(codesOf(await get('ValueSet/$expand', { url: named.url }))).toEqual(['dog']);
  });

  it('may come with the call', async () => {
    const sent = {
      ...supplement,
      url: 'urn:sent:supplement',
      concept: [{ code: 'bird', designation: [{ value: 'vogel' }] }],
    };
    const parameter = [
      { name: 'system', valueUri: system },
      { name: 'code', valueCode: 'bird' },
      { name: 'useSupplement', valueCanonical: sent.url },
      { name: 'tx-resource', resource: sent },
    ];
    const { text } = await call('POST', 'CodeSystem/$lookup', { resourceType: 'Parameters', parameter });
    expect(text).toContain('vogel');
  });

  const sentWith = async (changes: object): Promise<string> => {
    const sent = { ...supplement, url: 'urn:sent:supplement', ...changes };
    const parameter = [
      { name: 'system', valueUri: system },
      { name: 'code', valueCode: 'dog' },
      { name: 'useSupplement', valueCanonical: sent.url },
      { name: 'tx-resource', resource: sent },
    ];
    return (await call('POST', 'CodeSystem/$lookup', { resourceType: 'Parameters', parameter })).text;
  };

  it.each(['http://example.org/CodeSystem/others', `${system}|2.0.0`])(
    'add nothing to other code systems than theirs: %s',
    async (supplements) => {
      expect(await sentWith({})).toContain('hond');
      const refused = await sentWith({ supplements });
      expect(refused).not.toContain('hond');
      expect(refused).toContain('to which it adds nothing');
    },
  );

  it('leave the display as it is', async () => {
    const told = await sentWith({ concept: [{ code: 'dog', display: 'Cat', designation: [{ value: 'hond' }] }] });
    expect([told.includes('"Dog"'), told.includes('"Cat"'), told.includes('hond')]).toEqual([true, false, true]);
  });

  it.each([
    ['that is not here', 'urn:none', 'could not be found'],
    ['that is none', system, 'is no supplement'],
  ])('are refused: one %s', async (_, name, text) => {
    const answer = await get('ValueSet/$expand', { ...asked, useSupplement: name });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(text)]);
  });

  it('have no concepts of their own', async () => {
    const answer = await get('CodeSystem/$lookup', { system: supplement.url, code: 'dog' });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(`is a supplement of ${system}`)]);
  });

  it('are not there for a caller who may not read them', async () => {
    const token = server.token('user/ValueSet.rs user/CodeSystem.rs?url=' + system);
    const { status, text } = await server.call(
      'GET',
      `CodeSystem/$lookup?${new URLSearchParams({ system, code: 'dog', useSupplement: supplement.url }).toString()}`,
      { token },
    );
    expect([status, text]).toEqual([422, expect.stringContaining('could not be found')]);
    expect(text).not.toContain('hond');
  });
});
