import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VersionConflict } from '../../src/r4/errors/fhir-error.js';
import { parseJson, type JsonObject } from '../../src/r4/json/json.js';
import { ChangesFailed } from '../../src/fhir/storage/writing/change.js';
import { aPatient, openStorage, type Storage, system } from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

const read = (id: string) => storage.resources.find(system.to('Patient', 'r'), id);
const vread = (id: string, version: string) => storage.resources.findVersion(system.to('Patient', 'r'), id, version);
const history = async (id: string) =>
  (await storage.resources.history(system.to('Patient', 'r'), id, { count: 100, newestFirst: true })).rows;

describe('a stored resource', () => {
  it('is read as it was written, with id and meta', async () => {
    const text =
      '{"resourceType":"Patient","extension":[{"url":"http://x","valueDecimal":1.10}],"name":[{"family":"Ærø 漢字 😀 \\" \\\\"}]}';
    const written = await storage.write(system.create(parseJson(text) as JsonObject, 'exact'));
    expect(written).toMatchObject({
      type: 'Patient',
      id: 'exact',
      versionId: 1,
      deleted: false,
      method: 'POST',
      created: true,
    });
    expect(written.lastUpdated).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const meta = `{"versionId":"1","lastUpdated":"${written.lastUpdated}"}`;
    expect(written.body).toBe(text.replace('"Patient",', `"Patient","id":"exact","meta":${meta},`));
    const { created: _created, remarks: _remarks, noneDenies: _none, ...stored } = written;
    expect(await read('exact')).toEqual(stored);
  });

  it('goes through update, delete and revival with every version kept', async () => {
    await storage.write(system.create(aPatient('One'), 'life'));
    const second = await storage.write(system.update(aPatient('Two'), 'life'));
    expect(second).toMatchObject({ versionId: 2, created: false, method: 'PUT' });
    const third = await storage.write(system.delete('Patient', 'life'));
    expect(third).toMatchObject({ versionId: 3, deleted: true, body: '', method: 'DELETE', created: false });
    expect(await read('life')).toMatchObject({ versionId: 3, deleted: true });
    const fourth = await storage.write(system.update(aPatient('Four'), 'life'));
    expect(fourth).toMatchObject({ versionId: 4, deleted: false, created: true });

    const versions = await history('life');
    expect(versions.map(({ versionId, method }) => [versionId, method])).toEqual([
      [4, 'PUT'],
      [3, 'DELETE'],
      [2, 'PUT'],
      [1, 'POST'],
    ]);
    expect(versions[2]!.body).toBe(second.body);
    const times = versions.map(({ lastUpdated }) => lastUpdated);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(times).size).toBe(4);
  });

  it('hands out single versions', async () => {
    for (let i = 1; i <= 5; i++) await storage.write(system.update(aPatient(`V${i}`), 'pages'));
    expect((await vread('pages', '2'))!.body).toContain('V2');
    expect((await vread('pages', '5'))!.body).toContain('V5');
    for (const unknown of ['6', '0', '02', '1.0', 'x', '99999999999999999999']) {
      expect(await vread('pages', unknown)).toBeUndefined();
    }
    expect(await history('unknown')).toEqual([]);
  });

  it('gets no version by an update that changes nothing', async () => {
    const labelled = { ...aPatient('Same'), meta: { tag: [{ system: 'http://t', code: 'T' }] } };
    const first = await storage.write(system.update(labelled, 'same'));
    for (const sent of [labelled, parseJson(first.body) as JsonObject, { id: 'same', ...labelled }]) {
      const { remarks, ...again } = await storage.write(system.update(sent, 'same'));
      expect(again).toMatchObject({ versionId: 1, lastUpdated: first.lastUpdated, body: first.body, created: false });
      expect(remarks).toMatchObject([{ severity: 'information', diagnostics: expect.stringContaining('version 1') }]);
    }
    expect(await history('same')).toHaveLength(1);
    for (const [version, value] of [
      [2, '1.10'],
      [2, '1.10'],
      [3, '1.1'],
      [4, '1.100'],
    ] as const) {
      const text = `{"resourceType":"Patient","extension":[{"url":"http://x","valueDecimal":${value}}]}`;
      const written = await storage.write(system.update(parseJson(text) as JsonObject, 'same'));
      expect(written.versionId).toBe(version);
    }
  });

  it('keeps tags and security labels that an update omits', async () => {
    const labelled = { ...aPatient(), meta: { security: [{ system: 'http://s', code: 'R' }] } };
    await storage.write(system.create(labelled, 'labels'));
    const { body } = await storage.write(system.update(aPatient(), 'labels'));
    expect(body).toContain('"security":[{"system":"http://s","code":"R"}]');
  });

  it('keeps the last live index values in its tombstone', async () => {
    await storage.write(system.create(aPatient('Tomb'), 'tomb'));
    await storage.write(system.delete('Patient', 'tomb'));
    const [row] = await storage.dataSource.query<{ compartments: string[]; val: string[] }[]>(
      `SELECT compartments, val FROM resource WHERE id = 'tomb'`,
    );
    expect(row!.compartments).toEqual(['Patient/tomb']);
    expect(row!.val.join()).toContain('tomb');
  });
});

describe('a change that does not fit what is stored', () => {
  it('creates on update of an unknown id without limits', async () => {
    expect(await storage.write(system.update(aPatient(), 'upsert'))).toMatchObject({
      versionId: 1,
      created: true,
      method: 'PUT',
    });
  });

  it('stores nothing of what never existed, and deletes nothing twice', async () => {
    expect(await storage.write(system.delete('Patient', 'never'))).toMatchObject({ unchanged: true, isAbsent: true });
    expect(await history('never')).toHaveLength(0);
    await storage.write(system.create(aPatient(), 'twice'));
    const first = await storage.write(system.delete('Patient', 'twice'));
    expect(await storage.write(system.delete('Patient', 'twice'))).toEqual({ ...first, unchanged: true });
    expect(await history('twice')).toHaveLength(2);
  });

  it.each(['W/"1"', '"1"', '1'])('accepts If-Match %s for version 1', async (ifMatch) => {
    const id = `match-${ifMatch.length}`;
    await storage.write(system.create(aPatient(), id));
    expect(await storage.write(system.update(aPatient('New'), id, ifMatch))).toMatchObject({ versionId: 2 });
    await expect(storage.write(system.update(aPatient('New'), id, ifMatch))).rejects.toThrow(/current version is 2/);
    await expect(storage.write(system.delete('Patient', id, ifMatch))).rejects.toThrow(VersionConflict);
  });

  it('refuses If-Match for what does not exist', async () => {
    await expect(storage.write(system.update(aPatient(), 'unmatched', 'W/"1"'))).rejects.toThrow(VersionConflict);
    expect(await read('unmatched')).toBeUndefined();
  });

  it('refuses two changes of one resource and names both entries', async () => {
    const changes = [system.create(aPatient(), 'a'), system.create(aPatient(), 'b'), system.update(aPatient(), 'a')];
    const failure = await storage.resources.write(changes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChangesFailed);
    const { failures, status } = failure as ChangesFailed;
    expect(status).toBe(400);
    expect(failures.map(({ index }) => index)).toEqual([0, 2]);
    expect(await read('b')).toBeUndefined();
  });

  it('refuses a new resource under an id in use', async () => {
    await storage.write(system.create(aPatient(), 'taken'));
    await expect(storage.write(system.create(aPatient(), 'taken'))).rejects.toMatchObject({ status: 409 });
  });
});
