// Questions about terminology are answered from what the caller may read: what is hidden is as if it were not there (docs/adr/0077)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberKey } from '../../src/fhir/storage/concepts/release-concept.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { type GivenConcept, releaseOf } from '../support/release-of.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { storeAll } from '../support/stored.js';

const system = 'http://hidden.example/CodeSystem/c';
const set = 'http://hidden.example/ValueSet/v';
const map = 'http://hidden.example/ConceptMap/m';
const supplement = 'http://hidden.example/CodeSystem/s';
const gender = 'http://hl7.org/fhir/administrative-gender';
const profile = 'http://hidden.example/StructureDefinition/p';
const resources = [
  {
    resourceType: 'CodeSystem',
    id: 'c',
    url: system,
    version: '1',
    name: 'Hidden',
    status: 'active',
    content: 'complete',
    concept: [{ code: 'secret', display: 'Secret', concept: [{ code: 'deeper' }] }],
  },
  {
    resourceType: 'CodeSystem',
    id: 's',
    url: supplement,
    name: 'Hidden',
    status: 'active',
    content: 'supplement',
    supplements: gender,
    concept: [{ code: 'male', designation: [{ value: 'Secret' }] }],
  },
  { resourceType: 'ValueSet', id: 'v', url: set, name: 'Hidden', status: 'active', compose: { include: [{ system }] } },
  {
    resourceType: 'ConceptMap',
    id: 'm',
    url: map,
    name: 'Hidden',
    status: 'active',
    group: [
      {
        source: system,
        target: 'urn:t',
        element: [{ code: 'secret', target: [{ code: 'told', equivalence: 'equal' }] }],
      },
    ],
  },
  {
    resourceType: 'StructureDefinition',
    id: 'p',
    url: profile,
    name: 'Hidden',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: {
      element: [
        { id: 'Patient.name', path: 'Patient.name', short: 'Secret' },
        {
          id: 'Patient.maritalStatus',
          path: 'Patient.maritalStatus',
          binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
        },
      ],
    },
  },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await storeAll(server, resources);
});
afterAll(() => server.close());

const e = encodeURIComponent;
/** With the names of what is there, or of what is not. */
const questions = (mark: string): readonly string[] => {
  const named = (url: string): string => e(mark === '' ? url : `${url}${mark}`);
  const id = (of: string): string => `${of}${mark}`;
  return [
    `ValueSet/$expand?url=${named(set)}`,
    `ValueSet/${id('v')}/$expand`,
    `ValueSet/$validate-code?url=${named(set)}&system=${named(system)}&code=secret`,
    `ValueSet/${id('v')}/$validate-code?system=${named(system)}&code=secret`,
    `CodeSystem/$validate-code?url=${named(system)}&code=secret`,
    `CodeSystem/${id('c')}/$validate-code?code=secret`,
    `CodeSystem/$lookup?system=${named(system)}&code=secret`,
    `CodeSystem/$subsumes?system=${named(system)}&codeA=secret&codeB=deeper`,
    `CodeSystem/${id('c')}/$subsumes?codeA=secret&codeB=deeper`,
    `ConceptMap/$translate?url=${named(map)}&system=${named(system)}&code=secret`,
    `ConceptMap/${id('m')}/$translate?system=${named(system)}&code=secret`,
    `CodeSystem/$validate-code?coding=${named(system)}%7Csecret&force-system-version=${named(system)}%7C2`,
    `CodeSystem/$lookup?system=${e(gender)}&code=male&useSupplement=${named(supplement)}`,
    `CodeSystem/$validate-code?url=${e(gender)}&code=male&display=Secret&useSupplement=${named(supplement)}`,
    `ValueSet/$expand?url=${e('http://hl7.org/fhir/ValueSet/administrative-gender')}&includeDesignations=true&useSupplement=${named(supplement)}`,
    `ConceptMap/$translate?system=${named(system)}&code=secret`,
    `ValueSet/$expand?context=${named(profile)}%23Patient.maritalStatus`,
    `ValueSet/$validate-code?context=${named(profile)}%23Patient.maritalStatus&system=${e(gender)}&code=male`,
    `StructureDefinition/$snapshot?url=${named(profile)}`,
    `StructureDefinition/${id('p')}/$snapshot`,
  ];
};

const types = ['ValueSet', 'CodeSystem', 'ConceptMap', 'StructureDefinition'];
const there = questions('');
const nowhere = questions('x');
const plain = ({ status, text }: Answer): string =>
  `${status} ${text}`
    .replaceAll(/(hidden\.example\/\w+\/[cvmps])x/g, '$1')
    .replaceAll(/((?:ValueSet|CodeSystem|ConceptMap|StructureDefinition)\/[cvmps])x/g, '$1');

describe.each(there.map((path, i) => [path, nowhere[i]!] as const))('%s', (path, absent) => {
  const call = (scope: string, of: string): Promise<Answer> => server.call('GET', of, { token: server.token(scope) });

  it('answers who may read all of it', async () => {
    expect((await call('user/*.rs', path)).status).toBe(200);
  });

  it('answers whom a definition is hidden from as if there were none', async () => {
    const limited = types.map((type) => `user/${type}.rs?_tag=urn:t|mine`).join(' ');
    // What somebody else was answered a moment ago is kept (docs/adr/0152).
    expect((await call('user/*.rs', path)).status).toBe(200);
    const hidden = await call(limited, path);
    expect(plain(hidden)).toBe(plain(await call(limited, absent)));
    expect(hidden.text).not.toMatch(/Secret|told|deeper"/);
  });

  it('goes by the right to read, whatever the token may search', async () => {
    const scope = types.map((type) => `user/${type}.s user/${type}.r?_tag=urn:t|mine`).join(' ');
    const hidden = await call(scope, path);
    expect(plain(hidden)).toBe(plain(await call(scope, absent)));
    expect(hidden.text).not.toMatch(/Secret|told|deeper"/);
  });

  it('needs the right to read its type, and a token', async () => {
    expect((await call('user/Patient.rs', path)).status).toBe(403);
    expect((await server.call('GET', path)).status).toBe(401);
  });
});

it('a value set that may be read opens no code system that may not', async () => {
  const token = server.token('user/ValueSet.rs');
  const expanded = await server.call('GET', `ValueSet/$expand?url=${e(set)}`, { token });
  expect([expanded.status, expanded.text.includes('Secret')]).toEqual([422, false]);
  const judged = await server.call('GET', `ValueSet/$validate-code?url=${e(set)}&system=${e(system)}&code=secret`, {
    token,
  });
  expect(judged.body.parameter[0]).toEqual({ name: 'result', valueBoolean: false });
  expect(judged.text).not.toContain('Secret');
});

it('a profile that is sent rests on no profile that may not be read', async () => {
  const body = {
    ...resources.at(-1),
    url: 'urn:mine',
    baseDefinition: profile,
    differential: { element: [{ id: 'Patient', path: 'Patient' }] },
  };
  const scope = 'user/StructureDefinition.rs';
  const make = (token: string) => server.call('POST', 'StructureDefinition/$snapshot', { token, body });
  expect((await make(server.token(scope))).text).toContain('Secret');
  const hidden = await make(server.token(`${scope}?_tag=urn:t|mine`));
  expect([hidden.status, hidden.text.includes('Secret')]).toEqual([422, false]);
});

describe('a code system whose concepts lie in tables of their own', () => {
  const loaded = 'http://snomed.info/sct';
  const memberOf = (valueCode: string) => [{ code: memberKey, valueCode }];
  const load = async (version: string, concepts: readonly GivenConcept[]): Promise<unknown> => {
    const head = { resourceType: 'CodeSystem', url: loaded, version, name: 'L', status: 'active', content: 'complete' };
    return server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
  };
  beforeAll(() =>
    load('1', [
      { code: '1001', display: 'Secret' },
      { code: '1002', display: 'Secret too', parents: ['1001'], properties: memberOf('1001') },
      { code: '1000003', display: 'Secret again' },
      { code: '1000004', display: 'Secret again', parents: ['1000003'], properties: memberOf('1000003') },
    ]),
  );
  const urls = (of: string): readonly string[] => [
    `CodeSystem/$lookup?system=${of}&code=1001`,
    `CodeSystem/$validate-code?url=${of}&code=1001`,
    `CodeSystem/$subsumes?system=${of}&codeA=1001&codeB=1002`,
  ];
  const ofName = (url: string, name: string): string => url.replaceAll(name, loaded);

  it.each(urls(loaded).map((url, i) => [url, urls('http://nowhere.example/sct')[i]!] as const))(
    '%s answers who may read its CodeSystem, and others as if there were none',
    async (url, absent) => {
      const ask = (scope: string, of: string) => server.call('GET', of, { token: server.token(scope) });
      expect((await ask('user/CodeSystem.rs user/ValueSet.rs', url)).status).toBe(200);
      const hidden = await ask('user/CodeSystem.rs?_tag=urn:t|mine user/ValueSet.rs', url);
      const none = await ask('user/CodeSystem.rs?_tag=urn:t|mine user/ValueSet.rs', absent);
      expect([hidden.status, hidden.text]).toEqual([none.status, ofName(none.text, 'http://nowhere.example/sct')]);
    },
  );

  it.each(['isa/1001', 'refset', `ecl/${e('<< 1000003')}`])(
    'the value sets of its url open it for nobody: %s',
    async (which) => {
      const url = `ValueSet/$expand?url=${e(`${loaded}?fhir_vs=${which}`)}`;
      const may = await server.call('GET', url, { token: server.token('user/CodeSystem.rs user/ValueSet.rs') });
      expect(may.body.expansion.total).toBe(2);
      for (const scope of ['user/ValueSet.rs', 'user/ValueSet.rs user/CodeSystem.rs?_tag=urn:t|mine']) {
        const { status, text } = await server.call('GET', url, { token: server.token(scope) });
        expect([status, text.includes('Secret'), text.includes('is not known here')]).toEqual([422, false, true]);
      }
    },
  );

  it('a supplement whose concepts lie there too is none for whom it is hidden from', async () => {
    const url = 'http://hidden.example/loaded-supplement';
    const head = { resourceType: 'CodeSystem', url, status: 'active', content: 'supplement', supplements: loaded };
    const texts = [{ code: '1001', designations: [{ language: 'nl', value: 'Geheim' }] }];
    await server.app.get(TerminologyStore).load(releaseOf(head, texts), { by: 'test' });
    const ask = (scope: string, name: string) =>
      server.call('GET', `CodeSystem/$lookup?system=${loaded}&code=1001&useSupplement=${name}`, {
        token: server.token(scope),
      });
    expect((await ask('user/CodeSystem.rs', url)).text).toContain('Geheim');
    const scope = `user/CodeSystem.rs?url=${loaded}`;
    const [hidden, none] = [await ask(scope, url), await ask(scope, `${url}x`)];
    expect([hidden.status, hidden.text]).toEqual([none.status, none.text.replaceAll(`${url}x`, url)]);
    expect(hidden.text).not.toContain('Geheim');
  });

  it('a code of a version that is hidden is none of the one that may be read', async () => {
    await load('2', [{ code: '1003', display: 'Of the second' }]);
    const ask = (code: string, scope: string) =>
      server.call('GET', `CodeSystem/$lookup?system=${loaded}&code=${code}`, { token: server.token(scope) });
    expect((await ask('1003', 'user/CodeSystem.rs')).status).toBe(200);
    expect((await ask('1001', 'user/CodeSystem.rs?version=1')).status).toBe(200);
    const { status, text } = await ask('1003', 'user/CodeSystem.rs?version=1');
    expect([status, text.includes('Of the second')]).toEqual([404, false]);
    const [second] = (await server.app.get(TerminologyStore).list()).filter(({ version }) => version === '2');
    await server.app.get(TerminologyStore).remove(second!);
  });

  it('a CodeSystem of the same form that a client stores leads to no concepts', async () => {
    const [row] = (await server.app.get(TerminologyStore).list()).filter(({ url }) => url === loaded);
    const token = server.token('user/*.cruds');
    const stored = await server.call('GET', `CodeSystem/${row!.id}`, { token });
    const body = { ...stored.body, url: 'http://mine.example/sct' };
    expect((await server.call('PUT', `CodeSystem/${row!.id}`, { token, body })).status).toBe(409);
    const other = `loaded-${'0'.repeat(32)}`;
    expect((await server.call('PUT', `CodeSystem/${other}`, { token, body: { ...body, id: other } })).status).toBe(201);
    const answer = await server.call('GET', 'CodeSystem/$lookup?system=http://mine.example/sct&code=1001', { token });
    expect(answer.status).toBe(404);
    const valueSet = { resourceType: 'ValueSet', status: 'active', compose: { include: [{ system: body.url }] } };
    const asked = { resourceType: 'Parameters', parameter: [{ name: 'valueSet', resource: valueSet }] };
    const listed = await server.call('POST', 'ValueSet/$expand', { token, body: asked });
    expect([listed.status, listed.text.includes('Secret')]).toEqual([422, false]);
  });
});
