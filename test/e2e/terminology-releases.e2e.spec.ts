// Releases in the formats of their publishers, and the value sets that these code systems define by their urls (docs/adr/0082)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelease } from '../../src/fhir/releases/open-release.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { writeIcd10cm, writeLoinc, writeRxnorm, writeSnomed } from '../support/releases.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let folder: string;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'releases-'));
  server = await startServer();
  token = server.token('user/*.rs');
  await load(await writeSnomed(join(folder, 'snomed')));
  await load(await writeLoinc(join(folder, 'loinc')));
  await load(await writeRxnorm(join(folder, 'rxnorm')), '05062024');
  await load(await writeIcd10cm(join(folder, 'icd')));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const load = async (path: string, version?: string) =>
  server.app.get(TerminologyStore).load(await openRelease(path, version), { by: 'test' });
const get = (path: string) => server.call('GET', path, { token });
const sct = 'http://snomed.info/sct';

interface Told {
  readonly display: string;
  readonly version: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly designations: readonly string[];
}
async function lookup(system: string, code: string): Promise<Told> {
  const { body, text } = await get(`CodeSystem/$lookup?system=${encodeURIComponent(system)}&code=${code}`);
  if (!body.parameter) throw new Error(text);
  const parts = (name: string): readonly Record<string, unknown>[][] =>
    body.parameter.filter((one: { name: string }) => one.name === name).map((one: { part: unknown }) => one.part);
  const valueOf = (name: string): string =>
    body.parameter.find((one: { name: string }) => one.name === name)?.valueString;
  const value = (part: Record<string, unknown>): unknown =>
    Object.entries(part).find(([name]) => name.startsWith('value'))?.[1];
  return {
    display: valueOf('display'),
    version: valueOf('version'),
    properties: Object.fromEntries(parts('property').map(([name, own]) => [name!['valueCode'], value(own!)])),
    designations: parts('designation').map((own) => String(value(own.at(-1)!))),
  };
}
const expand = async (url: string): Promise<readonly string[]> => {
  const { body, text } = await get(`ValueSet/$expand?url=${encodeURIComponent(url)}`);
  if (!body.expansion) throw new Error(text);
  return (body.expansion.contains ?? []).map((one: { code: string }) => one.code).toSorted();
};

describe('SNOMED CT', () => {
  it('has preferred terms, designations, attributes and the version of its files', async () => {
    const told = await lookup(sct, '233604007');
    expect(told.display).toBe('Pneumonia');
    expect(told.version).toBe(`${sct}/900000000000207008/version/20240101`);
    expect(told.designations).toEqual(['Pneumonia (thing)', 'Another Pneumonia', 'Pneumonia']);
    expect(told.properties).toMatchObject({ parent: '404684003', 363698007: '39607008', inactive: false });
    expect((await lookup(sct, '9000001')).properties).toMatchObject({ inactive: true });
  });

  it('has what its designations repeat in one row, and tells it with each', async () => {
    const text = `
      SELECT phrases, (SELECT count(*)::integer FROM terminology_concept AS c WHERE c.load = l.load AND position(phrases[1] in told) > 0) AS "withPhrase"
      FROM terminology_load AS l WHERE url = $1`;
    const [stored] = await server.app
      .get(SqlSession)
      .rows<{ phrases: readonly string[]; withPhrase: number }>({ text, values: [sct] });
    expect(stored?.phrases).toContainEqual(expect.stringMatching(/^\{"language":"en","use":\{.*"value":$/));
    expect(stored?.withPhrase).toBe(0);
    const { body } = await get(`CodeSystem/$lookup?system=${sct}&code=233604007&property=designation`);
    const full = body.parameter.find(({ part }: { part?: readonly { valueString?: string }[] }) =>
      part?.some(({ valueString }) => valueString === 'Pneumonia (thing)'),
    );
    const use = { system: sct, code: '900000000000003001', display: 'Fully specified name' };
    expect(full.part).toContainEqual({ name: 'use', valueCoding: use });
  });

  it('defines value sets by its url', async () => {
    expect(await expand(`${sct}?fhir_vs`)).toHaveLength(8);
    expect(await expand(`${sct}?fhir_vs=isa/404684003`)).toEqual(['233604007', '404684003']);
    expect(await expand(`${sct}?fhir_vs=refset/447137006`)).toEqual(['233604007', '39607008']);
    const version = `${sct}/900000000000207008/version/20240101`;
    expect(await expand(`${version}?fhir_vs=isa/123037004`)).toEqual(['123037004', '39607008']);
    const unknown = await get(`ValueSet/$expand?url=${encodeURIComponent(`${sct}?fhir_vs=isa/1234567`)}`);
    expect([unknown.status, unknown.text]).toEqual([422, expect.stringContaining('has no code \\"1234567\\"')]);
  });

  it('is compared by search, also by what is above and below', async () => {
    const body = {
      resourceType: 'Condition',
      subject: { display: 'x' },
      code: { coding: [{ system: sct, code: '233604007' }] },
    };
    expect((await server.call('POST', 'Condition', { token: server.token('user/*.cruds'), body })).status).toBe(201);
    const found = async (query: string): Promise<number> => (await get(`Condition?${query}`)).body.entry?.length ?? 0;
    expect(await found(`code:below=${encodeURIComponent(`${sct}|404684003`)}`)).toBe(1);
    expect(await found(`code:below=${encodeURIComponent(`${sct}|123037004`)}`)).toBe(0);
    expect(await found(`code:in=${encodeURIComponent(`${sct}?fhir_vs=refset/447137006`)}`)).toBe(1);
    expect(await found(`code:not-in=${encodeURIComponent(`${sct}?fhir_vs=isa/138875005`)}`)).toBe(0);
  });
});

it('LOINC has parts above its terms, lists of answers, variants and properties', async () => {
  const told = await lookup('http://loinc.org', '2345-7');
  expect(told.display).toBe('Glucose [Mass/volume] in Serum, "fasting"');
  expect(told.version).toBe('2.78');
  expect(told.properties).toMatchObject({ CLASS: 'CHEM', inactive: false });
  expect(told.designations).toContain('Glucose sérique');
  expect((await lookup('http://loinc.org', '1234-5')).properties).toMatchObject({ inactive: true });
  expect(await expand('http://loinc.org/vs')).toHaveLength(8);
  expect(await expand('http://loinc.org/vs/LL715-4')).toEqual(['LA32-8', 'LA33-6']);
  expect(await expand('http://loinc.org/vs/LP29693-6')).toEqual(['2345-7', 'LP14635-4', 'LP7786-9']);
});

it('LOINC codes have each of their parents once, by whichever lines they are told', async () => {
  const linksOf = async (code: string, link: 'parent' | 'child'): Promise<readonly string[]> => {
    const { body } = await get(`CodeSystem/$lookup?system=http://loinc.org&code=${code}&property=${link}`);
    return body.parameter
      .filter(({ part }: { part?: readonly { valueCode?: string }[] }) => part?.[0]?.valueCode === link)
      .map(({ part }: { part: readonly { valueCode: string }[] }) => part[1]!.valueCode)
      .toSorted();
  };
  expect(await linksOf('2345-7', 'parent')).toEqual(['LP14635-4', 'LP7786-9']);
  expect(await linksOf('LP7786-9', 'parent')).toEqual(['LP14635-4', 'LP29693-6']);
  expect(await linksOf('LP29693-6', 'child')).toEqual(['LP14635-4', 'LP7786-9']);
  expect(await linksOf('LP14635-4', 'child')).toEqual(['2345-7', 'LP7786-9']);
  expect(await expand('http://loinc.org/vs/LP7786-9')).toEqual(['2345-7']);
  for (const above of ['LP29693-6', 'LP14635-4', 'LP7786-9']) {
    const asked = `CodeSystem/$subsumes?system=http://loinc.org&codeA=${above}&codeB=2345-7`;
    expect((await get(asked)).body.parameter[0].valueCode).toBe('subsumes');
  }
});

it('RxNorm has its own names and relations alone', async () => {
  const url = 'http://www.nlm.nih.gov/research/umls/rxnorm';
  const told = await lookup(url, '243670');
  expect(told).toMatchObject({ display: 'aspirin 81 MG Oral Tablet', version: '05062024' });
  expect(told.properties).toMatchObject({ TTY: 'SCD', has_ingredient: '1191' });
  expect((await lookup(url, '1191')).designations).toEqual(['acetylsalicylic acid']);
  expect((await lookup(url, '99')).properties).toMatchObject({ inactive: true });
  expect((await get(`CodeSystem/$lookup?system=${url}&code=7`)).status).toBe(404);
});

it('ICD-10-CM has dots, the hierarchy of its codes and any case', async () => {
  const url = 'http://hl7.org/fhir/sid/icd-10-cm';
  expect((await lookup(url, 'A00.0')).properties).toMatchObject({ parent: 'A00', billable: true });
  expect((await lookup(url, 's01.00xa')).properties).toMatchObject({ parent: 'S01.00' });
  expect((await lookup(url, 'A00')).display).toBe('Cholera, long');
});

describe('a supplement of a loaded release', () => {
  const releases = [
    {
      system: sct,
      supplements: `${sct}|${sct}/900000000000207008`,
      code: '233604007',
      members: `${sct}?fhir_vs=isa/404684003`,
    },
    {
      system: 'http://loinc.org',
      supplements: 'http://loinc.org|2.78',
      code: '2345-7',
      members: 'http://loinc.org/vs/LP29693-6',
    },
  ];
  const supplementOf = ({ supplements, code }: (typeof releases)[number], url: string) => ({
    resourceType: 'CodeSystem',
    url,
    version: '1',
    status: 'active',
    content: 'supplement',
    supplements,
    property: [{ code: 'ward', type: 'string' }],
    concept: [
      { code, designation: [{ language: 'nl', value: 'een naam' }], property: [{ code: 'ward', valueString: '7' }] },
    ],
  });
  const post = (path: string, ...parameter: readonly object[]) =>
    server.call('POST', path, { token, body: { resourceType: 'Parameters', parameter } });
  const chosen = (release: (typeof releases)[number], url = 'urn:ward') => [
    { name: 'useSupplement', valueCanonical: url },
    { name: 'tx-resource', resource: supplementOf(release, url) },
  ];

  it.each(releases)('adds designations and properties to $system', async (release) => {
    const { system, code, members } = release;
    const about = [
      { name: 'system', valueUri: system },
      { name: 'code', valueCode: code },
      { name: 'displayLanguage', valueCode: 'nl' },
    ];
    const told = await post('CodeSystem/$lookup', ...about, ...chosen(release));
    expect(told.body.parameter, told.text).toContainEqual({ name: 'display', valueString: 'een naam' });
    expect(told.text).toContain('ward');
    expect((await post('CodeSystem/$lookup', ...about)).text).not.toContain('een naam');
    const listed = [
      { name: 'url', valueUri: members },
      { name: 'displayLanguage', valueCode: 'nl' },
      { name: 'includeDesignations', valueBoolean: true },
    ];
    const { body, text } = await post('ValueSet/$expand', ...listed, ...chosen(release));
    expect(body.expansion?.contains, text).toContainEqual(expect.objectContaining({ code, display: 'een naam' }));
    expect(body.expansion.parameter).toContainEqual({ name: 'used-supplement', valueUri: 'urn:ward|1' });
  });

  it.each(releases)('has texts by which codes of $system are found', async (release) => {
    const { code, members } = release;
    const found = async (filter: string, ...more: readonly object[]): Promise<readonly string[]> => {
      const asked = [
        { name: 'url', valueUri: members },
        { name: 'filter', valueString: filter },
      ];
      const { body, text } = await post('ValueSet/$expand', ...asked, ...more);
      if (!body.expansion) throw new Error(text);
      return (body.expansion.contains ?? []).map((one: { code: string }) => one.code);
    };
    const supplemented = chosen(release);
    expect(await found('een na', ...supplemented)).toEqual([code]);
    expect(await found('een na')).toEqual([]);
    // Words of one text count, not of several; those of the release are still found.
    expect(await found('naam glucose', ...supplemented)).toEqual([]);
    const word = release.system === sct ? 'pneumonia' : 'fasting';
    expect(await found(word, ...supplemented)).toEqual(await found(word));
    expect(await found('een', ...supplemented, { name: 'count', valueInteger: 0 })).toEqual([]);
  });

  it('says where it adds nothing: for another version, and for filters', async () => {
    const [release] = releases;
    const other = { ...release!, supplements: `${sct}|${sct}/1` };
    const about = [
      { name: 'system', valueUri: sct },
      { name: 'code', valueCode: release!.code },
    ];
    const refused = await post('CodeSystem/$lookup', ...about, ...chosen(other));
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('to which it adds nothing')]);
    const filtered = {
      resourceType: 'ValueSet',
      status: 'active',
      compose: { include: [{ system: sct, filter: [{ property: 'ward', op: '=', value: '7' }] }] },
    };
    const expanded = await post('ValueSet/$expand', { name: 'valueSet', resource: filtered }, ...chosen(release!));
    expect([expanded.status, expanded.text]).toEqual([422, expect.stringContaining('of a supplement')]);
  });
});

describe('a release that is not as it should be', () => {
  it.each([
    [
      'a cut line of RF2',
      () => writeSnomed(join(folder, 'cut'), true),
      undefined,
      /sct2_Concept_Snapshot_INT_20240101\.txt, line 9: there are 4 fields and not 5/,
    ],
    [
      'no LOINC number',
      () => writeLoinc(join(folder, 'bad-loinc'), 'x'),
      undefined,
      /Loinc\.csv, line 2: "x" is no LOINC number/,
    ],
    [
      'RxNorm without version',
      () => writeRxnorm(join(folder, 'rx2')),
      undefined,
      /has to be named: --version MMDDYYYY/,
    ],
    [
      'another line of ICD-10-CM',
      () => writeIcd10cm(join(folder, 'icd2'), true),
      undefined,
      /icd10cm-order-2025\.txt, line 4 is none of an order file/,
    ],
  ])('is refused in one line: %s', async (_what, write, version, line) => {
    const path = await write();
    const failure = await load(path, version).catch((error: unknown) => (error as Error).message);
    expect(failure).toMatch(line);
  });
});
