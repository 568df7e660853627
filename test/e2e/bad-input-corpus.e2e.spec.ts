// Published test inputs, many of them broken on purpose: each is stored or explained, whatever it is sent as
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isResourceType } from '../../src/r4/model/resource-types.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { expectAlive, expectSound } from '../support/sound-answer.js';
import { shareOf } from '../support/full.js';

const data = join(import.meta.dirname, '../../../shared/data');
const folders = ['fhir-test-cases', 'microsoft'].map((name) => join(data, name));

let server: TestServer;
let all: string;

const call = (method: string, path: string): Promise<Answer> => server.call(method, path, { token: all });
const post = (path: string, body: string, contentType: string): Promise<Answer> =>
  server.call('POST', path, { token: all, body, headers: { 'content-type': contentType } });

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const body = { resourceType: 'Patient', id: 'alive' };
  await server.call('PUT', 'Patient/alive', { token: all, body });
});
afterAll(() => server.close());

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

/** The type that a document claims, if R4 has it. */
function typeOf(text: string): string {
  const [, inJson, inXml] =
    /"resourceType"\s*:\s*"([A-Za-z]+)"|^(?:\s*<[?!][^>]*>)*\s*<(?:\w+:)?([A-Za-z]+)[\s>]/.exec(text) ?? [];
  const type = inJson ?? inXml ?? '';
  return isResourceType(type) ? type : 'Basic';
}

for (const folder of folders) {
  const isThere = existsSync(folder);
  describe.skipIf(!isThere)(`${folder} (skipped where it is absent)`, () => {
    it('every file is answered at its type and at the base', { timeout: 300_000 }, async () => {
      const files = filesOf(folder);
      for (const file of shareOf(files, 3)) {
        const text = readFileSync(file, 'utf8');
        const contentType = text.trimStart().startsWith('<') ? 'application/fhir+xml' : 'application/fhir+json';
        for (const path of [typeOf(text), '']) expectSound(await post(path, text, contentType), `${file} at ${path}`);
      }
      expect(files.length).toBeGreaterThan(50);
      await expectAlive(call, 'alive');
    });
  });
}

const laughs = [
  '<!DOCTYPE Patient [<!ENTITY l0 "lol">',
  ...Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`),
  ']>',
].join('');
const quadratic = `<!DOCTYPE Patient [<!ENTITY a "${'a'.repeat(100_000)}">]>`;
const external = (target: string): string => `<!DOCTYPE Patient [<!ENTITY x SYSTEM "${target}">]>`;
const xml = (prolog: string, value: string, inside = ''): string =>
  `<?xml version="1.0"?>${prolog}<Patient xmlns="http://hl7.org/fhir"><language value="${value}"/>${inside}</Patient>`;

describe('XML', () => {
  it.each([
    ['a billion laughs', xml(laughs, '&l9;')],
    [
      'a billion laughs in the narrative',
      xml(laughs, 'en', `<text><status value="x"/><div xmlns="http://www.w3.org/1999/xhtml">&l9;</div></text>`),
    ],
    ['quadratic blowup', xml(quadratic, '&a;'.repeat(10_000))],
    ['an external file', xml(external('file:///etc/passwd'), '&x;')],
    ['an external address', xml(external('http://127.0.0.1:1/x'), '&x;')],
    ['a parameter entity', xml('<!DOCTYPE Patient [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>', 'en')],
    ['an external document type', xml('<!DOCTYPE Patient SYSTEM "http://127.0.0.1:1/x">', 'en')],
    ['an entity that contains itself', xml('<!DOCTYPE Patient [<!ENTITY a "&a;">]>', '&a;')],
    ['an unknown entity', xml('', '&nothing;')],
    ['a character reference to NUL', xml('', '&#0;')],
    ['a character reference beyond Unicode', xml('', '&#x110000;')],
    ['half a surrogate pair', xml('', '&#xD83D;')],
    ['10,000 levels', xml('', 'en', `${'<extension url="x">'.repeat(10_000)}${'</extension>'.repeat(10_000)}`)],
    ['10,000 levels that do not end', xml('', 'en', '<extension url="x">'.repeat(10_000))],
    [
      '10,000 levels of narrative',
      xml('', 'en', `<text><div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(10_000)}`),
    ],
    [
      '100,000 attributes',
      xml('', 'en', `<name ${Array.from({ length: 100_000 }, (_, i) => `a${i}="x"`).join(' ')}/>`),
    ],
    ['one attribute twice', xml('', 'en', '<active value="true" value="false"/>')],
    ['no namespace', '<Patient/>'],
    ['a prefix of no namespace', '<f:Patient/>'],
    ['two roots', `${xml('', 'en')}<Patient xmlns="http://hl7.org/fhir"/>`],
    ['an end alone', '</Patient>'],
    ['a comment that does not end', `${xml('', 'en')}<!--`],
    [
      'an XInclude',
      xml('', 'en', '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
    ],
    ['a style sheet', `<?xml-stylesheet href="http://127.0.0.1:1/x"?>${xml('', 'en').slice(21)}`],
    ['another encoding', xml('', 'en').replace('"1.0"', '"1.0" encoding="UTF-16"')],
    ['nothing', ''],
    ['a NUL', '<Patient xmlns="http://hl7.org/fhir">\0</Patient>'],
  ])('with %s is explained in a moment, and nothing of the machine comes back', async (_what, text) => {
    const began = Date.now();
    for (const path of ['Patient', '']) {
      const answer = await post(path, text, 'application/fhir+xml');
      expectSound(answer);
      expect(answer.text).not.toContain('root:');
      expect(answer.text.length).toBeLessThan(100_000);
    }
    expect(Date.now() - began).toBeLessThan(10_000);
    await expectAlive(call, 'alive');
  });
});
