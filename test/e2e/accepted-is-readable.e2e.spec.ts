// What is accepted can be read in both formats (ADR 51; https://hl7.org/fhir/R4/xml.html, https://hl7.org/fhir/R4/narrative.html)
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readXml } from '../../src/r4/xml/read-xml.js';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { startServer, type TestServer } from '../support/server.js';
import { isFull } from '../support/full.js';

const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
const withNarrative = (content: string): JsonObject => ({ text: { status: 'generated', div: div(content) } });

describe.each(['strict', 'structure'])('VALIDATION=%s', (level) => {
  let server: TestServer;
  let all: string;
  beforeAll(async () => {
    server = await startServer({ VALIDATION: level });
    all = server.token('user/*.cruds');
  });
  afterAll(() => server.close());

  const post = (type: string, content: JsonObject) =>
    server.call('POST', type, { token: all, body: { resourceType: type, ...content } });
  const get = (path: string) => server.call('GET', path, { token: all });
  const xml = (path: string) => server.call('GET', path, { token: all, headers: { accept: 'application/fhir+xml' } });

  it.each<[string, JsonObject, string]>([
    ['an entity of HTML', withNarrative('a&nbsp;b'), 'Patient.text.div'],
    ['an entity that nobody knows', withNarrative('a&bogus;b'), 'Patient.text.div'],
    ['the number of no character', withNarrative('a&#1;b'), 'Patient.text.div'],
    ['markup that is not closed', withNarrative('<p>a'), 'Patient.text.div'],
    ['U+FFFE', { name: [{ family: 'a\ufffe' }] }, 'Patient.name[0].family'],
    ['U+FFFF', { name: [{ given: ['a', '\uffff'] }] }, 'Patient.name[0].given[1]'],
    ['U+0001 in a uri', { identifier: [{ system: 'urn:\u0001', value: '1' }] }, 'Patient.identifier[0].system'],
    ['U+0001 in a code', { maritalStatus: { coding: [{ code: '\u0001' }] } }, 'Patient.maritalStatus.coding[0].code'],
    ['U+0001 in a canonical', { meta: { profile: ['urn:\u0001'] } }, 'Patient.meta.profile[0]'],
    [
      'U+0001 in a contained resource',
      { contained: [{ resourceType: 'Organization', id: 'o', name: '\u0001' }] },
      'Patient.contained[0].name',
    ],
  ])('refuses %s, and names the place', async (_, content, place) => {
    const answer = await post('Patient', content);
    expectOutcome(answer, 422);
    type Found = { severity: string; expression: string[] };
    const errors = (answer.body.issue as Found[]).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ expression }) => expression[0])).toContain(place);
  });

  const tags = ['<p>', '</p>', '<br/>', '<b title="', '">', '</b>', '<font>', '</font>', '<!-- ', ' -->', '--', ']]>'];
  const entities = ['&amp;', '&nbsp;', '&#160;', '&#1;', '&#xffff;', '&', '<', '"'];
  const characters = ['a', ' ', '\n', '\u00a0', '\u0001', '\ufffe', '\ud800', '\u{1f600}'];
  const markup = fc.constantFrom(...tags, ...entities, ...characters);
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.array(markup, { maxLength: 8 }).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }) },
    { weight: 2, arbitrary: fc.constantFrom('a', 'urn:x', '2020', 'final', ' a', 'a\tb\r\n') },
  );
  const part = fc.record({ id: text, system: text, value: text }, { requiredKeys: [] });
  const elements: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    language: text,
    implicitRules: text,
    text: fc.record({ status: fc.constantFrom('generated', 'a'), div: fc.oneof(text.map(div), text) }),
    extension: fc.tuple(fc.record({ url: fc.oneof(text, fc.constant('urn:x')), valueString: text })),
    identifier: fc.array(part, { minLength: 1, maxLength: 2 }),
    name: fc.tuple(fc.record({ family: text, given: fc.array(text, { minLength: 1, maxLength: 2 }) })),
    birthDate: text,
    maritalStatus: fc.record({ text, coding: fc.tuple(fc.record({ system: text, code: text })) }),
    link: fc.tuple(fc.record({ other: fc.record({ reference: text }), type: text })),
  };
  const patient = fc
    .subarray(Object.keys(elements), { minLength: 1, maxLength: 2 })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, elements[name]!]))),
    ) as fc.Arbitrary<JsonObject>;

  it('whatever a POST accepts can be read in JSON and XML, in a search and in its history, and loses nothing', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(patient, async (content) => {
        const answer = await post('Patient', content);
        if (answer.status !== 201) {
          // 400: PostgreSQL cannot hold it; an empty object or array is no FHIR JSON.
          expect([400, 422]).toContain(answer.status);
          return;
        }
        accepted++;
        const { id } = answer.body;
        const stored = parseJson((await get(`Patient/${id}`)).text);
        for (const path of [
          `Patient/${id}`,
          `Patient/${id}/_history/1`,
          `Patient?_id=${id}`,
          `Patient/${id}/_history`,
        ]) {
          const { status, headers, text: written } = await xml(path);
          expect([status, headers['warning']]).toEqual([200, undefined]);
          const read = readXml(written) as { entry?: readonly { resource: JsonObject }[] };
          expect(read.entry ? read.entry[0]!.resource : read).toEqual(stored);
        }
        const again = await server.call('PUT', `Patient/${id}`, {
          token: all,
          body: (await xml(`Patient/${id}`)).text,
          headers: { 'content-type': 'application/fhir+xml' },
        });
        expect([again.status, again.body.meta?.versionId]).toEqual([200, '1']);
      }),
      { numRuns: isFull ? 300 : 100 },
    );
    expect(accepted).toBeGreaterThan(10);
  }, 120_000);
});

describe('what was stored before it was refused', () => {
  let server: TestServer;
  let all: string;
  beforeAll(async () => {
    server = await startServer();
    all = server.token('user/*.cruds');
    const texts: Readonly<Record<string, string>> = { b1: 'a', b2: 'b', b3: 'c' };
    for (const [id, code] of Object.entries(texts)) {
      const resource = { resourceType: 'Basic', id, ...withNarrative(code), code: { text: code } };
      await server.call('PUT', `Basic/${id}`, { token: all, body: resource });
    }
    const client = new pg.Client({ connectionString: server.database.url });
    await client.connect();
    const replace = (from: string, to: string, id: string) =>
      client.query('UPDATE resource SET body = replace(body, $1, $2) WHERE id = $3', [from, to, id]);
    await replace('>a<', '>a&nbsp;&eacute;<', 'b1');
    await replace('"text":"b"', '"text":"b\\u0001"', 'b2');
    await replace('>c<', '><p>c<', 'b3');
    await client.end();
  });
  afterAll(() => server.close());

  const xml = (path: string, method = 'GET', body?: object) =>
    server.call(method, path, { token: all, headers: { accept: 'application/fhir+xml' }, ...(body && { body }) });

  it('is served in JSON as it is stored', async () => {
    const answer = await server.call('GET', 'Basic/b1', { token: all });
    expect(answer.text).toContain('>a&nbsp;&eacute;<');
    expect(answer.headers['warning']).toBeUndefined();
  });

  it('is served in XML: entities as the characters that they mean, without a word', async () => {
    const { status, headers, text } = await xml('Basic/b1');
    expect([status, headers['warning']]).toEqual([200, undefined]);
    expect(text).toContain(div('a\u00a0é'));
  });

  it('is served in XML: characters that XML cannot hold as U+FFFD, which a header says', async () => {
    for (const path of ['Basic/b2', 'Basic/b2/_history/1']) {
      const { status, headers, text } = await xml(path);
      expect(status).toBe(200);
      expect(text).toContain('<text value="b\ufffd"/>');
      expect(headers['warning']).toBe(
        '214 - "XML cannot hold the text at Basic.code.text. Ask for application/fhir+json to get it as it is stored."',
      );
    }
  });

  it('is served in XML: of a narrative that is no XHTML, the source as text', async () => {
    const { status, headers, text } = await xml('Basic/b3');
    expect(status).toBe(200);
    expect(text).toContain('&lt;p&gt;c&lt;/div&gt;</div>');
    expect(headers['warning']).toContain('at Basic.text.div.');
  });

  it('takes no page away: searches tell it in an outcome entry, histories and batches in the header', async () => {
    const page = await xml('Basic?_sort=_id');
    expect(page.status).toBe(200);
    const { entry } = readXml(page.text) as { entry: { resource: JsonObject; search: { mode: string } }[] };
    expect(entry.map(({ search }) => search.mode)).toEqual(['match', 'match', 'match', 'outcome']);
    expect(entry[3]!.resource['issue']).toEqual([
      expect.objectContaining({
        severity: 'warning',
        expression: ['Bundle.entry[1].resource.code.text'],
        diagnostics: expect.stringContaining('contains the character U+0001') as string,
      }),
      expect.objectContaining({ severity: 'warning', expression: ['Bundle.entry[2].resource.text.div'] }),
    ]);
    const history = await xml('Basic/_history');
    expect(history.status).toBe(200);
    expect(history.headers['warning']).toContain('and at 1 more places');
    const read = { request: { method: 'GET', url: 'Basic/b2' } };
    const batch = await xml('', 'POST', { resourceType: 'Bundle', type: 'batch', entry: [read] });
    expect([batch.status, batch.headers['content-type']]).toEqual([200, 'application/fhir+xml; charset=utf-8']);
    expect(batch.headers['warning']).toContain('Bundle.entry[0].resource.code.text');
  });
});
