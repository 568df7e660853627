// lanyard import, export and jobs (docs/adr/0078)
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines } from '../support/bulk-data.js';
import { lanyard } from '../support/command-line.js';
import { FileSource } from '../support/file-source.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { zipOf } from '../support/zip.js';

let folder: string;
let database: FreshDatabase;
let other: FreshDatabase;
let archives: FreshDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-'));
  [database, other, archives] = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
});
afterAll(async () => {
  await Promise.all([database.drop(), other.drop(), archives.drop(), rm(folder, { recursive: true })]);
});

const run = (on: FreshDatabase, ...args: string[]) => lanyard({ DATABASE_URL: on.url }, args);
const place = (name: string): string => join(folder, name);
const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });

const uuid = '6f0c7c1a-4b0e-4e86-9d3e-0c8c9d0d1a11';
const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: `urn:uuid:${uuid}`,
      resource: { resourceType: 'Patient', gender: 'female' },
      request: { method: 'POST', url: 'Patient' },
    },
    {
      fullUrl: 'urn:uuid:6f0c7c1a-4b0e-4e86-9d3e-0c8c9d0d1a12',
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: `urn:uuid:${uuid}` },
      },
      request: { method: 'POST', url: 'Observation' },
    },
  ],
};

describe('lanyard import', () => {
  it('stores lines and entries of Bundles at their ids, and nothing twice', async () => {
    await mkdir(place('in/deeper'), { recursive: true });
    await writeFile(place('in/Patient.ndjson'), `\uFEFF${lines(patient('a'), patient('b'))}\r\n`);
    await writeFile(place('in/deeper/more.ndjson.gz'), gzipSync(lines(patient('c'), patient('a', { gender: 'male' }))));
    await writeFile(place('in/bundle.json'), JSON.stringify(bundle));
    await writeFile(place('in/readme.txt'), 'no');
    const first = await run(database, 'import', place('in'));
    expect([first.exitCode, first.output]).toEqual([
      0,
      expect.stringContaining('5 resources created, 1 there already.'),
    ]);
    const again = await run(database, 'import', place('in'), '--batch', '1');
    expect(again.output).toContain('0 resources created, 6 there already.');
  });

  it('reads archives, packed files in them too, and says where in which one something is wrong', async () => {
    await mkdir(place('packed'));
    const archive = zipOf({
      'out/Observation.ndjson': lines({
        resourceType: 'Observation',
        id: 'z',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/z2' },
      }),
      'out/Patient.ndjson.gz': gzipSync(lines(patient('z1'), patient('z2'), patient('z3', { gender: 'none' }))),
      'out/hospitalInformation1.json': JSON.stringify({ resourceType: 'Organization', id: 'z', name: 'Z' }),
      'out/readme.txt': 'no',
      'out/deeper/': '',
    });
    await writeFile(place('packed/data.zip'), archive);
    const { exitCode, output, remarks } = await run(archives, 'import', place('packed'));
    expect([exitCode, output]).toEqual([1, expect.stringContaining('4 resources created, 0 there already.')]);
    expect(remarks).toContain('Patient.ndjson.gz:3');
  });

  it('names an archive that is none, and a file in one that breaks off, and stores the others', async () => {
    await writeFile(place('none.zip'), 'no archive');
    expect((await run(archives, 'import', place('none.zip'))).remarks).toContain('cannot be read as an archive');
    await writeFile(place('nothing.zip'), zipOf({ 'readme.txt': 'no' }));
    expect((await run(archives, 'import', place('nothing.zip'))).remarks).toContain('has nothing to import');
    await writeFile(place('leaves.zip'), zipOf({ '../../Patient.ndjson': lines(patient('zz')) }));
    expect((await run(archives, 'import', place('leaves.zip'))).remarks).toContain('cannot be read as an archive');
    const broken = gzipSync(lines(patient('y1'))).subarray(0, 20);
    await writeFile(place('broken.zip'), zipOf({ 'A.ndjson.gz': broken, 'B.ndjson': lines(patient('y2')) }));
    const { exitCode, output, remarks } = await run(archives, 'import', place('broken.zip'));
    expect([exitCode, output]).toEqual([1, expect.stringContaining('1 resource created')]);
    expect(remarks).toMatch(/broken\.zip.A\.ndjson\.gz.*It was not read to its end/);
  });

  it('stores what can be, and names the rest by file and line', async () => {
    const bad = Buffer.concat([
      Buffer.from(lines(patient('d'), patient('e', { gender: 'none' }))),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('{"resourceType":\n'),
      Buffer.from('{"resourceType":"Patient","id":"f\\u0000"}\n'),
      Buffer.from(lines({ resourceType: 'Nothing' }, patient('g'))),
    ]);
    await writeFile(place('bad.ndjson'), bad);
    const { exitCode, output } = await run(database, 'import', place('bad.ndjson'), '--errors', place('errors.ndjson'));
    expect(exitCode).toBe(1);
    expect(output).toContain('2 resources created');
    const outcomes = (await readFile(place('errors.ndjson'), 'utf8')).trimEnd().split('\n');
    const places = outcomes.map(
      (line) => (JSON.parse(line) as { issue: { location: string[] }[] }).issue[0]!.location[0],
    );
    expect(new Set(places)).toEqual(new Set([2, 3, 4, 5, 6].map((line) => `bad.ndjson:${line}`)));
  });

  it('names files without content that cannot be whole documents, and takes NDJSON without lines as it is', async () => {
    await mkdir(place('void'));
    for (const name of ['a.json', 'b.ndjson']) await writeFile(place(`void/${name}`), '');
    await writeFile(place('void/c.json.gz'), gzipSync(' '));
    await writeFile(place('void/d.ndjson'), '{\n');
    const { exitCode, output, remarks } = await run(database, 'import', place('void'));
    expect([exitCode, output]).toEqual([1, expect.stringContaining('0 resources created, 0 there already.')]);
    expect(remarks.trimEnd().split('\n')).toEqual([
      'a.json: The file is empty.',
      'c.json.gz: The file is empty.',
      'd.ndjson:1: It is not valid JSON (line 1, column 2).',
      '3 failures: what is named was not stored.',
    ]);
  });

  it('begins the file of failures anew, and imports it in no case', async () => {
    await mkdir(place('mixed'));
    await writeFile(place('mixed/Patient.ndjson'), lines(patient('m1')));
    const errors = place('mixed/errors.ndjson');
    const earlier = { resourceType: 'OperationOutcome', id: 'm2', issue: [{ severity: 'error', code: 'structure' }] };
    await writeFile(errors, lines(earlier));
    const { exitCode, output } = await run(database, 'import', place('mixed'), '--errors', errors, '--dry-run');
    expect([exitCode, output]).toEqual([0, expect.stringContaining('1 resource would be created, 0 there already.')]);
    expect(await readFile(errors, 'utf8')).toBe('');
  });

  it('says in one line that a file cannot be written, before anything is stored', async () => {
    await writeFile(place('late.ndjson'), lines(patient('late')));
    const errors = place('late.ndjson/errors.ndjson');
    const { exitCode, output, remarks } = await run(database, 'import', place('late.ndjson'), '--errors', errors);
    expect([exitCode, output, remarks]).toEqual([1, '', `"${errors}": not a directory.`]);
    expect((await run(database, 'export', place('late.ndjson/out'))).remarks).toBe(
      `"${place('late.ndjson/out')}": not a directory.`,
    );
  });

  it('refuses what is nothing to import in one line', async () => {
    expect((await run(database, 'import', place('none'))).remarks).toContain('There is no file and no folder');
    await mkdir(place('empty'));
    expect((await run(database, 'import', place('empty'))).remarks).toContain('.ndjson or .json');
    expect((await run(database, 'import', place('in'), '--batch', 'many')).remarks).toContain('--batch');
  });
});

const synthea = resolve(import.meta.dirname, '../../../shared/data/synthea/datapipes-hiv');
const observation = (id: string, more: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  ...more,
});
const entryOf = (resource: object, fullUrl?: string) => ({
  ...(fullUrl !== undefined && { fullUrl }),
  resource,
  request: { method: 'POST', url: (resource as { resourceType: string }).resourceType },
});
const bundleOf = (...entry: object[]): string => JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });

describe('lanyard import --conditional', () => {
  it('keeps the ids of what is here by its identifier, leads references there, and changes nothing the second time', async () => {
    const merged = await freshDatabase();
    const known = (id: string, value: string, more: object = {}) =>
      patient(id, { identifier: [{ value: 'no system' }, { system: 'http://x', value }], ...more });
    const exported = async (): Promise<readonly string[]> => {
      await run(merged, 'export', place('merged'));
      const texts = await Promise.all(
        (await readdir(place('merged'))).map((name) => readFile(join(place('merged'), name), 'utf8')),
      );
      await rm(place('merged'), { recursive: true });
      return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
    };
    try {
      await mkdir(place('source'));
      await writeFile(
        place('here.ndjson'),
        lines(known('here', 'a,1|2'), known('taken', 'of another'), known('one', 'double'), known('two', 'double')),
      );
      expect((await run(merged, 'import', place('here.ndjson'))).exitCode).toBe(0);
      const about = ['there', 'taken', 'unknown'];
      const observations = about.map((id) => observation(`of-${id}`, { subject: { reference: `Patient/${id}` } }));
      await writeFile(place('source/Observation.ndjson'), lines(...observations));
      const twins = [known('twin', 'same'), known('other-twin', 'same')];
      const patients = [known('there', 'a,1|2', { gender: 'female' }), known('taken', 'mine'), known('unknown', 'new')];
      const refused = [known('ambiguous', 'double'), twins[1]!];
      await writeFile(place('source/Patient.ndjson'), lines(...patients, patient('without'), twins[0]!, ...refused));
      const args = ['import', place('source'), '--conditional', '--errors', place('kept-errors.ndjson')];
      const first = await run(merged, ...args);
      expect([first.exitCode, first.output], first.remarks).toEqual([
        1,
        expect.stringContaining('7 resources created, 1 there already.'),
      ]);
      const errors = (await readFile(place('kept-errors.ndjson'), 'utf8')).trim().split('\n');
      expect(errors.map((line) => JSON.parse(line).issue[0])).toEqual([
        expect.objectContaining({ code: 'multiple-matches', location: ['Patient.ndjson:6'] }),
        expect.objectContaining({ code: 'multiple-matches', location: ['Patient.ndjson:7'] }),
      ]);
      const stored = await exported();
      const resources = stored.map((line) => JSON.parse(line));
      const subjectOf = (id: string): string => resources.find((one) => one.id === id).subject.reference;
      expect([subjectOf('of-there'), subjectOf('of-unknown')]).toEqual(['Patient/here', 'Patient/unknown']);
      const [, made = ''] = subjectOf('of-taken').split('/');
      expect(made).toMatch(/^[0-9a-f]{32}$/);
      const valueOf = (id: string): string => resources.find((one) => one.id === id).identifier[1].value;
      expect([valueOf('taken'), valueOf(made)]).toEqual(['of another', 'mine']);
      expect(resources.find(({ id }) => id === 'here')).toMatchObject({ gender: 'female' });
      const again = await run(merged, ...args);
      expect(again.output).toContain('0 resources created, 8 there already.');
      expect((await exported()).toSorted()).toEqual(stored.toSorted());
    } finally {
      await merged.drop();
    }
  });
});

describe('references across the files of a lanyard import', () => {
  let crossing: FreshDatabase;
  beforeAll(async () => {
    crossing = await freshDatabase();
    await mkdir(place('crossing'));
  });
  afterAll(() => crossing.drop());

  const contents = async () => {
    await run(crossing, 'export', place('crossed'));
    const names = await readdir(place('crossed'));
    const texts = await Promise.all(names.map((name) => readFile(join(place('crossed'), name), 'utf8')));
    await rm(place('crossed'), { recursive: true });
    return texts.join('');
  };

  it('lead to what a later file has, by urn:uuid and by conditions, also over several steps', async () => {
    const later = '6f0c7c1a-4b0e-4e86-9d3e-0c8c9d0d1b01';
    const step = observation('step', {
      identifier: [{ system: 'http://x', value: 'step' }],
      performer: [{ reference: 'Practitioner?identifier=http://x|p' }],
    });
    await writeFile(
      place('crossing/a.json'),
      bundleOf(
        entryOf(observation('far', { hasMember: [{ reference: 'Observation?identifier=http://x|step' }] })),
        entryOf(step),
        entryOf(observation('near', { performer: [{ reference: `urn:uuid:${later}` }] })),
        entryOf(observation('twice', { performer: [{ reference: 'Practitioner?identifier=http://x|p' }] })),
        entryOf(observation('never', { performer: [{ reference: 'Practitioner?identifier=http://x|q' }] })),
      ),
    );
    await writeFile(
      place('crossing/b.json'),
      bundleOf(
        entryOf({ resourceType: 'Practitioner', id: 'p', identifier: [{ system: 'http://x', value: 'p' }] }),
        entryOf({ resourceType: 'Organization', name: 'O' }, `urn:uuid:${later}`),
        entryOf(observation('twice', { code: { text: 'the later one' } })),
      ),
    );
    const first = await run(crossing, 'import', place('crossing'), '--batch', '2');
    expect(first.remarks).toContain('a.json#4');
    expect([first.exitCode, first.output]).toEqual([1, expect.stringContaining('6 resources created')]);
    const stored = await contents();
    for (const reference of [`Organization/${later}`, 'Practitioner/p', 'Observation/step'])
      expect(stored).toContain(`"reference":"${reference}"`);
    expect(stored).toContain('the later one');
    expect(stored).not.toContain('?identifier');
    const again = await run(crossing, 'import', place('crossing'), '--batch', '2');
    expect(again.output).toContain('0 resources created, 7 there already.');
    // What stands in two files with two contents gets a version from each.
    const others = (text: string): string[] => text.split('\n').filter((line) => !line.includes('"id":"twice"'));
    expect(others(await contents())).toEqual(others(stored));
  });

  it.skipIf(!existsSync(synthea))('lead from patients of Synthea to its hospitals, in any order', async () => {
    await mkdir(place('synthea'));
    const names = await readdir(synthea);
    const about = names.filter((name) => /^(?:hospital|practitioner)/.test(name));
    const [one] = names.filter((name) => !about.includes(name)).toSorted();
    await copyFile(join(synthea, one!), place('synthea/1.json.gz'));
    for (const name of about) await copyFile(join(synthea, name), place(`synthea/2-${name}`));
    const first = await run(crossing, 'import', place('synthea'));
    expect([first.exitCode, first.remarks]).toEqual([0, expect.not.stringContaining('#')]);
    expect(await contents()).not.toMatch(/"reference":"(?:urn:|[A-Z][A-Za-z]+\?)/);
    const again = await run(crossing, 'import', place('synthea'));
    expect(again.output).toContain('0 resources created');
  });
});

describe('lanyard export', () => {
  it('writes what an empty server takes in, and exports as it was, but for meta', async () => {
    expect((await run(database, 'export', place('out'), '--gzip')).output).toMatch(/7 resources written/);
    expect((await readdir(place('out'))).toSorted()).toEqual(['Observation.ndjson.gz', 'Patient.ndjson.gz']);
    expect((await run(other, 'import', place('out'))).output).toContain('7 resources created');
    await run(other, 'export', place('back'));
    const read = async (path: string) => {
      const bytes = await readFile(path);
      const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      return text
        .trimEnd()
        .split('\n')
        .map((line) => ({ ...(JSON.parse(line) as object), meta: undefined }));
    };
    for (const type of ['Observation', 'Patient'])
      expect(await read(place(`back/${type}.ndjson`))).toEqual(await read(place(`out/${type}.ndjson.gz`)));
    expect((await run(database, 'export', place('out'))).remarks).toContain('Name an empty folder');
    expect((await run(database, 'export', place('new'), '--type', 'Patien')).remarks).toContain(
      'Did you mean Patient?',
    );
  });
});

describe('lanyard jobs', () => {
  it('lists and cancels', async () => {
    expect((await run(database, 'jobs', 'list')).output).toContain('There is no job.');
    expect((await run(database, 'jobs', 'cancel', 'x')).remarks).toContain('There is no job "x"');
  });

  it('lists those that index what is stored, too', async () => {
    await run(database, 'reindex', '--type', 'Patient', 'Observation');
    const listed = (await run(database, 'jobs', 'list')).output;
    expect(listed).toMatch(/^\d+ +reindex +Patient, Observation +done +\S+ +100 %$/m);
    const { indexing } = JSON.parse((await run(database, 'jobs', 'list', '--json')).output) as { indexing: object[] };
    expect(indexing).toContainEqual(expect.objectContaining({ types: ['Patient', 'Observation'], state: 'done' }));
  });
});

describe('lanyard import of an address', () => {
  it('reads an address, and judges without storing', async () => {
    const source = await FileSource.start();
    try {
      const url = source.add('Patient.ndjson', lines(patient('u1'), patient('u2', { gender: 'none' })));
      const tried = await run(database, 'import', url, '--dry-run', '--validate', 'strict');
      expect([tried.exitCode, tried.output]).toEqual([
        1,
        expect.stringContaining('1 resource would be created, 0 there already'),
      ]);
      expect(tried.remarks).toContain('Patient.ndjson:2: ');
      expect((await run(database, 'import', url)).output).toContain('1 resource created, 0 there');
      const half = await run(database, 'import', source.url('none.ndjson'));
      expect([half.exitCode, half.remarks]).toEqual([1, expect.stringContaining('It answered 404.')]);
      const away = await run(database, 'import', 'http://127.0.0.1:1/none.ndjson');
      expect([away.exitCode, away.remarks]).toEqual([
        1,
        expect.stringContaining('cannot be reached from this machine.'),
      ]);
      expect(away.remarks).not.toContain('IMPORT_ALLOW_PRIVATE');
      expect((await run(database, 'import', url, '--validate', 'all')).remarks).toContain('strict, structure or none');
    } finally {
      await source.close();
    }
  });
});
