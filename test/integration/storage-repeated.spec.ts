// Updates of a type whose last updates changed nothing: the row is looked at first, and the answer is what it always is
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asTenant } from '../../src/database/tenant.js';
import type { Written } from '../../src/fhir/storage/writing/change.js';
import type { FhirError } from '../../src/r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import { openStorage, statementsOf, type Storage, system, user } from './storage.fixture.js';
import { aConsent } from '../support/consents.js';

const type = 'Organization';
const organization = (name: string): JsonObject => ({ resourceType: type, name });

/** Lets the storage see updates of the type that change nothing. */
async function repeat(storage: Storage): Promise<void> {
  for (let i = 0; i < 5; i++) await storage.write(system.update(organization('One'), 'often'));
}

/** Statements about data. */
async function sentBy(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts = await statementsOf(work);
  return texts.filter((text) => !/search_definition AS|FROM index_job/.test(text));
}

/** With the index of what is sent. */
const takesIndex = (text: string | undefined): boolean => text?.includes('json_to_record') === true;

describe('where updates changed nothing lately', () => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await openStorage();
  });
  beforeEach(() => repeat(storage));
  afterAll(() => storage.close());

  const versionsOf = (id: string) =>
    storage.dataSource.query<{ version: number; body: string }[]>(
      `SELECT version, body FROM resource_history WHERE type = $1 AND id = $2 UNION ALL
       SELECT version, body FROM resource WHERE type = $1 AND id = $2 ORDER BY version`,
      [type, id],
    );

  it.each([
    ['of the server', system],
    ['where Consents count and none denies', user],
  ] as const)('one that changes nothing is one statement without its index, %s', async (_name, caller) => {
    const written: Written[] = [];
    const sent = await sentBy(async () =>
      written.push(await storage.write(caller.update(organization('One'), 'often'))),
    );
    expect(sent.map(takesIndex)).toEqual([false]);
    expect(sent[0]).not.toMatch(/UPDATE|BEGIN/);
    const [stored, ...others] = await versionsOf('often');
    expect(others).toEqual([]);
    expect(written[0]).toMatchObject({ versionId: 1, unchanged: true, created: false, body: stored?.body });
    expect(written[0]?.remarks.map(({ diagnostics }) => diagnostics)).toEqual([
      'The content is that of version 1 of Organization/often, which stays the current one.',
    ]);
  });

  it('one that changes something is two, and after two of them one again', async () => {
    await storage.write(system.create(organization('Zero'), 'changing'));
    const statements: number[] = [];
    for (const name of ['One', 'Two', 'Three', 'Four'])
      statements.push((await sentBy(() => storage.write(system.update(organization(name), 'changing')))).length);
    expect(statements).toEqual([2, 2, 1, 1]);
    const names = (await versionsOf('changing')).map(({ body }) => /"name":"(\w+)"/.exec(body)?.[1]);
    expect(names).toEqual(['Zero', 'One', 'Two', 'Three', 'Four']);
  });

  it('what is not there is made, and what was deleted is made again', async () => {
    expect(await storage.write(system.update(organization('One'), 'unheard-of'))).toMatchObject({
      versionId: 1,
      created: true,
    });
    await storage.write(system.delete(type, 'unheard-of'));
    await repeat(storage);
    expect(await storage.write(system.update(organization('One'), 'unheard-of'))).toMatchObject({
      versionId: 3,
      created: true,
    });
  });

  it('a version that is not the current one is 412, with the same content too', async () => {
    const change = system.update(organization('One'), 'often', 'W/"7"');
    await expect(storage.write(change)).rejects.toMatchObject({ status: 412 });
    expect(await storage.write(system.update(organization('One'), 'often', 'W/"1"'))).toMatchObject({
      versionId: 1,
      unchanged: true,
    });
  });

  it('labels that the content does not name stay', async () => {
    const tagged = { ...organization('One'), meta: { security: [{ code: 'R' }], tag: [{ code: 'kept' }] } };
    await storage.write(system.create(tagged, 'tagged'));
    const { body } = await storage.write(system.update(organization('Else'), 'tagged'));
    expect(JSON.parse(body)).toMatchObject({ meta: { security: [{ code: 'R' }], tag: [{ code: 'kept' }] } });
    await repeat(storage);
    expect(await storage.write(system.update(organization('Else'), 'tagged'))).toMatchObject({ unchanged: true });
  });

  it.each([
    [
      'the same document in another order of names',
      '{"value":"1","system":"phone"}',
      '{"system":"phone","value":"1"}',
      1,
    ],
    ['other content of as many characters', '{"value":"1"}', '{"value":"2"}', 2],
    ['a number of other digits', '{"value":1.0e1}', '{"value":10.00}', 2],
  ])('%s makes a version where the content differs', async (name, before, after, versions) => {
    const id = `order-${name.replaceAll(' ', '-')}`;
    const content = (telecom: string) => parseJson(`{"resourceType":"${type}","telecom":[${telecom}]}`) as JsonObject;
    await storage.write(system.create(content(before), id));
    await storage.write(system.update(content(after), id));
    expect(await versionsOf(id)).toHaveLength(versions);
  });

  it('of another tenant nothing is seen', async () => {
    await storage.dataSource.query(
      `INSERT INTO search_definition (tenant, generation, revision, settled, form)
       SELECT 2, generation, revision, settled, form FROM search_definition WHERE tenant = 1`,
    );
    const update = () => storage.write(system.update(organization('One'), 'often'));
    const made = await asTenant({ tenant: 2, name: 'two' }, update);
    expect(made).toMatchObject({ versionId: 1, created: true });
  });

  it('of thirty at a time none is lost', async () => {
    await storage.write(system.create(organization('Zero'), 'crowded'));
    const names = Array.from({ length: 30 }, (_, n) => `N${n}`);
    await Promise.all(names.map((name) => storage.write(system.update(organization(name), 'crowded'))));
    const stored = (await versionsOf('crowded')).map(({ body }) => /"name":"(\w+)"/.exec(body)?.[1]);
    expect(stored).toHaveLength(31);
    expect(new Set(stored)).toEqual(new Set(['Zero', ...names]));
  });
});

describe('where a Consent denies something that the server has not found out yet', () => {
  let storage: Storage;
  const aPatient = (family: string): JsonObject => ({ resourceType: 'Patient', name: [{ family }] });
  const statusOf = async (id: string): Promise<number | undefined> =>
    storage.write(user.update(aPatient('One'), id)).then(
      () => undefined,
      ({ status }: FhirError) => status,
    );
  beforeAll(async () => {
    storage = await openStorage();
    await storage.write(system.create(aPatient('One'), 'withheld'));
    for (let i = 0; i < 5; i++) await storage.write(system.update(aPatient('One'), 'open'));
    await storage.write(system.create(aConsent('Patient/withheld'), 'denies'));
  });
  afterAll(() => storage.close());

  it('nobody is told that what it withholds has the same content', async () => {
    expect(await statusOf('withheld')).toBe(404);
  });

  it('what it leaves open is said to be the same', async () => {
    expect(await statusOf('open')).toBeUndefined();
  });
});
