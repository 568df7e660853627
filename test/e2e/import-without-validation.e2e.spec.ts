// lanyard import --validate none: what is stored is read, searched and exported like anything else (docs/adr/0117)
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, writeJson } from '../../src/r4/json/json.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { lines } from '../support/bulk-data.js';
import { lanyard } from '../support/command-line.js';
import { isFull } from '../support/full.js';
import { oddContent } from '../support/odd-content.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let token: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'odd-'));
  server = await startServer({ REFERENTIAL_INTEGRITY: 'off' });
  token = server.token('user/*.cruds');
});
afterAll(async () => {
  await Promise.all([server.close(), rm(folder, { recursive: true })]);
});

async function importLines(text: string, validate = 'none') {
  const [file, errors] = [join(folder, 'odd.ndjson'), join(folder, 'errors.ndjson')];
  await writeFile(file, text);
  await rm(errors, { force: true });
  const variables = { DATABASE_URL: server.database.url, REFERENTIAL_INTEGRITY: 'off' };
  const done = await lanyard(variables, ['import', file, '--validate', validate, '--errors', errors]);
  const told = done.exitCode === 0 ? '' : await readFile(errors, 'utf8').catch(() => '');
  type Issue = { location: string[]; expression?: string[]; diagnostics?: string };
  const issues = told
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { issue: Issue[] }).issue[0]!);
  return { ...done, issues };
}
const get = (path: string) => server.call('GET', path, { token });

/** Every kind of element that an indexer knows, and types that other parts of the server read. */
const types = (
  'Patient Observation Encounter Group Provenance Binary DocumentReference Location MolecularSequence ValueSet Bundle Composition ' +
  'AllergyIntolerance CareTeam RelatedPerson'
).split(' ');

const forms = ['xml', 'html'].map((form) => `?_format=${form}`);
const readsOf = (address: string): readonly string[] =>
  ['', '?_summary=true', '?_summary=text', '?_elements=name,code', '/_history', '/_history/1', ...forms].map(
    (more) => address + more,
  );

const parameters = new SearchParameters();
const searchesOf = (type: string): readonly string[] =>
  [...parameters.forType(type).keys()]
    .flatMap((code) => [`${code}:missing=false`, `_sort=${code}`])
    .concat('_include=*&_revinclude=*', '_content=a', '_text=a', '_summary=count')
    .map((query) => `${type}?${query}&_count=3`);

const query = encodeURIComponent('{PatientList{id name{family} birthDate link{other{reference}}}}');
const operations = ['Patient/o1/$everything', 'Patient/o2/$summary', 'Group/o1/$everything', `$graphql?query=${query}`];

describe('lanyard import --validate none', () => {
  it('stores what breaks R4, and what --validate structure refuses', async () => {
    const odd = { resourceType: 'Patient', id: 'odd', birthDate: [1], name: { family: 7 }, gender: {}, what: 'ever' };
    const refused = await importLines(lines(odd), 'structure');
    expect([refused.exitCode, refused.issues[0]?.location]).toEqual([1, ['odd.ndjson:1']]);
    const stored = await importLines(lines(odd));
    expect([stored.exitCode, stored.output], stored.remarks).toEqual([
      0,
      expect.stringContaining('1 resource created'),
    ]);
    const { meta: _, ...read } = (await get('Patient/odd')).body as JsonObject;
    expect(read).toEqual(odd);
  });

  it('stores texts that are longer than those of R4, and finds them', async () => {
    const long = { resourceType: 'Organization', id: 'long', name: `long ${'x'.repeat(2_000_000)}` };
    expect((await importLines(lines(long), 'structure')).issues[0]?.location).toEqual(['odd.ndjson:1']);
    expect((await importLines(lines(long))).output).toContain('1 resource created');
    expect((await get('Organization?name=long')).body.total).toBe(1);
  });

  it('still refuses what storage, search and access rest on, by the line', async () => {
    const script = '<div xmlns="http://www.w3.org/1999/xhtml"><font>a</font><script>alert(1)</script></div>';
    const bad = [
      '[1]',
      '{"resourceType":"Nothing"}',
      '{"resourceType":"Patient","id":"no id"}',
      '{"resourceType":"Patient","id":"bad-3","name":"\\u0000"}',
      '{"resourceType":"Patient","id":"bad-4","name":"\\ud800"}',
      '{"resourceType":"Patient","id":"bad-5","id":"bad-6"}',
      writeJson({ resourceType: 'Patient', id: 'bad-7', meta: { security: { code: 'R' } } }),
      writeJson({ resourceType: 'Patient', id: 'bad-8', meta: [] }),
      writeJson({ resourceType: 'Patient', id: 'bad-9', text: { div: script } }),
      writeJson({ resourceType: 'Patient', id: 'bad-10', contained: [{ text: { div: script } }] }),
      writeJson({ resourceType: 'Consent', id: 'bad-11', status: 'active', scope: [{ text: 'a' }] }),
      `{"resourceType":"Patient","id":"bad-12","x":${'['.repeat(101)}${']'.repeat(101)}}`,
    ];
    const { exitCode, output, issues } = await importLines(`${bad.join('\n')}\n`);
    expect([exitCode, output]).toEqual([1, expect.stringContaining('0 resources created')]);
    expect(new Set(issues.map(({ location }) => location[0]))).toEqual(
      new Set(bad.map((_, i) => `odd.ndjson:${i + 1}`)),
    );
    const expressions = issues.flatMap(({ expression }) => expression ?? []);
    for (const place of ['Patient.meta.security', 'Patient.meta', 'Patient.text.div', 'Patient.contained[0].text.div'])
      expect(expressions).toContain(place);
  });

  it('any JSON that it takes can be read, searched and sorted by: nothing is a 5xx', async () => {
    const each = isFull ? 40 : 4;
    const contents = types.flatMap((type, n) =>
      fc
        .sample(oddContent(type), { numRuns: each, seed: 100 + n })
        .map((content, i) => ({ ...content, resourceType: type, id: `o${i}` })),
    );
    const { output, issues } = await importLines(`${contents.map((content) => writeJson(content)).join('\n')}\n`);
    const created = Number(/(\d+) resources? created/.exec(output)?.[1]);
    expect(created + issues.length).toBe(contents.length);
    expect(created).toBeGreaterThan(contents.length / 2);
    const stored = contents.map(({ resourceType, id }) => `${resourceType}/${id}`);
    const paths = [
      ...stored.flatMap(readsOf),
      ...(isFull ? types : types.slice(0, 4)).flatMap(searchesOf),
      ...operations,
    ];
    const wrong: string[] = [];
    for (const path of paths) {
      const { status, text } = await get(path);
      if (status >= 500) wrong.push(`${path}: ${status} ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});
