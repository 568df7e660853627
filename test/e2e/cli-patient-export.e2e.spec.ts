// lanyard patient export (docs/adr/0081)
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { lanyard } from '../support/command-line.js';
import { aBundle, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

/** So that the record has several pages. */
const small = { SEARCH_COUNT_MAX: '5', SEARCH_COUNT_DEFAULT: '5' };
let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent', ...small });
  folder = await mkdtemp(join(tmpdir(), 'record-'));
  const token = server.token('user/*.cruds', { sub: '=doctor' });
  const of = (patient: string) => ({ subject: { reference: `Patient/${patient}` } });
  const note = (id: string, patient: string, more: object = {}) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    ...of(patient),
    ...more,
  });
  const practitioner = { resourceType: 'Practitioner', id: 'd1', name: [{ family: 'Doe' }] };
  const rows = Array.from({ length: 12 }, (_, i) =>
    note(`o${i}`, 'p1', { performer: [{ reference: 'Practitioner/d1' }] }),
  );
  const files = [
    {
      resourceType: 'Binary',
      id: 'b1',
      contentType: 'text/plain',
      data: 'aGVsbG8=',
      securityContext: { reference: 'Patient/p1' },
    },
    {
      resourceType: 'DocumentReference',
      id: 'n1',
      status: 'current',
      ...of('p1'),
      content: [{ attachment: { url: 'Binary/b1' } }],
    },
  ];
  const other = [aPatient({ id: 'p2' }), note('x', 'p2')];
  const all = [practitioner, aPatient({ id: 'p1', gender: 'male' }), ...other, ...rows, ...files];
  const send = async (method: string, path: string, body: object) => {
    const { status, text } = await server.call(method, path, { token, body });
    if (status !== 200) throw new Error(text);
  };
  await send('POST', '', aBundle('transaction', ...all.map((one) => putting(one as never))));
  for (const gender of ['female', 'other']) await send('PUT', 'Patient/p1', aPatient({ id: 'p1', gender }));
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  lanyard({ DATABASE_URL: server.database.url, ...small }, ['patient', 'export', ...args]);
const linesOf = async (place: string, name: string): Promise<readonly JsonObject[]> =>
  (await readFile(join(place, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => parseJson(line) as JsonObject);
const addressOf = ({ resourceType, id }: JsonObject): string => `${resourceType as string}/${id as string}`;

describe('lanyard patient export', () => {
  it('writes each resource of the record once, and none of another', async () => {
    const place = join(folder, 'p1');
    const { exitCode, output, remarks } = await run('p1', place);
    expect([exitCode, output], remarks).toEqual([
      0,
      expect.stringMatching(/^16 resources of the record of Patient\/p1 /),
    ]);
    expect(await readdir(place)).toEqual([
      'Binary.ndjson',
      'DocumentReference.ndjson',
      'Observation.ndjson',
      'Patient.ndjson',
      'Practitioner.ndjson',
      'disclosures.csv',
      'document.json',
      'history.ndjson',
    ]);
    expect(await linesOf(place, 'Observation.ndjson')).toHaveLength(12);
    expect(await linesOf(place, 'Binary.ndjson')).toMatchObject([{ id: 'b1', data: 'aGVsbG8=' }]);
    expect(await linesOf(place, 'Patient.ndjson')).toMatchObject([{ id: 'p1' }]);
    const versions = await linesOf(place, 'history.ndjson');
    expect(versions.map(({ gender, meta }) => [gender, (meta as JsonObject)['versionId']])).toEqual([
      ['female', '2'],
      ['male', '1'],
    ]);
  });

  it('makes a document of it that is valid, with a section for each type', async () => {
    const document = parseJson(await readFile(join(folder, 'p1/document.json'), 'utf8')) as JsonObject;
    expect(validateResource(document).filter(({ severity }) => severity === 'error')).toEqual([]);
    const [first, ...entries] = document['entry'] as { fullUrl: string; resource: JsonObject }[];
    expect(first!.resource['resourceType']).toBe('Composition');
    expect(entries).toHaveLength(16);
    const sections = first!.resource['section'] as { title: string; entry: { reference: string }[] }[];
    const named = sections.flatMap(({ entry }) => entry.map(({ reference }) => reference));
    expect(named.toSorted()).toEqual(entries.map(({ resource }) => addressOf(resource)).toSorted());
    for (const { fullUrl, resource } of entries) expect(fullUrl.endsWith(`/fhir/r4/${addressOf(resource)}`)).toBe(true);
  });

  it('says who saw it, without a formula, and writes down that it was handed out', async () => {
    const csv = await readFile(join(folder, 'p1/disclosures.csv'), 'utf8');
    expect(csv).toContain('Patient/p1');
    expect(csv).not.toContain('Patient/p2');
    expect(csv).not.toMatch(/"=/);
    const token = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const found = await server.call('GET', 'AuditEvent?patient=Patient/p1&entity-name=exported record', { token });
    expect(found.body['total'], found.text).toBe(1);
  });

  it('refuses an id that is none, a patient who is not there, and a folder with files, and writes nothing', async () => {
    expect(await run('p/1', join(folder, 'a'))).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('no id'),
    });
    const none = await run('nobody', join(folder, 'b'));
    expect([none.exitCode, none.remarks]).toEqual([1, expect.stringContaining('Patient/nobody')]);
    await writeFile(join(folder, 'file'), '');
    expect(await run('p1', folder)).toMatchObject({
      exitCode: 2,
      remarks: expect.stringContaining('has files already'),
    });
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'p1']);
  });
});
