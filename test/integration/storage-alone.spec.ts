// Writes of one resource without a transaction around them: how many statements they are, and that nothing is lost
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, Edit, Update } from '../../src/fhir/storage/writing/change.js';
import type { FhirError } from '../../src/r4/errors/fhir-error.js';
import { type JsonObject, parseJson } from '../../src/r4/json/json.js';
import {
  anObservation,
  aPatient,
  Caller,
  filter,
  openStorage,
  patient,
  statementsOf,
  type Storage,
  system,
  user,
} from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';
import { overwriteStatement } from '../../src/fhir/storage/writing/statements/overwrite-statement.js';
import { aConsent } from '../support/consents.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  // Asked of a database once.
  await storage.write(system.update(aPatient(), 'first'));
});
afterAll(() => storage.close());

/** Statements about data, with those that open and end transactions. */
async function sentBy(change: Change): Promise<readonly string[]> {
  // A version of the same millisecond as the one before takes a statement more.
  await setTimeout(2);
  const texts = await statementsOf(() => storage.write(change).catch(() => undefined));
  return texts.filter((text) => !/search_definition AS|FROM index_job/.test(text));
}

const edit = (caller: Caller, type: string, id: string, ifMatch?: string): Edit => ({
  kind: 'edit',
  access: caller.to(type, 'u'),
  reading: caller.to(type, 'r'),
  type,
  id,
  edit: (current) => ({ resource: { ...current, language: current['language'] === 'de' ? 'en' : 'de' } }),
  ...(ifMatch && { ifMatch }),
});

const withNoneMatch = (change: Change): Change => ({ ...change, ifNoneMatch: 'W/"9"' }) as Update;

const versionsOf = (type: string, id: string) =>
  storage.dataSource.query<{ version: number; body: string; deleted: boolean }[]>(
    `SELECT version, body, deleted FROM resource_history WHERE type = $1 AND id = $2 UNION ALL
     SELECT version, body, deleted FROM resource WHERE type = $1 AND id = $2 ORDER BY version`,
    [type, id],
  );

/** Changes of the row by somebody else, once, right after it was seen. */
function overtaken(change: Update, other: Change): Edit {
  const { access, reading, type, id, ifMatch } = change;
  let isFirst = true;
  return {
    kind: 'edit',
    access,
    reading,
    type,
    id,
    ...(ifMatch !== undefined && { ifMatch }),
    edit: async () => {
      if (isFirst) await storage.write(other);
      isFirst = false;
      return { resource: change.resource };
    },
  };
}

describe('a write of one resource takes one or two statements and no transaction', () => {
  const mine = patient('p1');
  const cases: readonly (readonly [number, string, (id: string) => Change])[] = [
    [1, 'an update of any row', (id) => system.update(aPatient('Two'), id)],
    [1, 'an update of a version', (id) => system.update(aPatient('Three'), id, 'W/"1"')],
    [1, 'an update where Consents count and none denies', (id) => user.update(aPatient('Four'), id)],
    [2, 'an edit of any row', (id) => edit(system, 'Patient', id)],
    [2, 'an edit where Consents count and none denies', (id) => edit(user, 'Patient', id)],
    [2, 'an update with labels', (id) => system.update({ ...aPatient(), meta: { tag: [{ code: 'a' }] } }, id)],
    [2, 'an update that holds a resource', (id) => system.update({ ...aPatient(), contained: [aPatient()] }, id)],
    [2, 'an update that a list of versions permits', (id) => withNoneMatch(system.update(aPatient('Five'), id))],
  ];
  it.each(cases)('%i: %s', async (statements, name, change) => {
    const id = name.replaceAll(' ', '-');
    await storage.write(system.create(aPatient('One'), id));
    const sent = await sentBy(change(id));
    expect(sent).toHaveLength(statements);
    expect(sent.join(' ')).not.toMatch(/BEGIN|FOR UPDATE/);
    expect((await versionsOf('Patient', id)).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('an update and an edit within one record', async () => {
    await storage.write(system.create(anObservation('Patient/p1'), 'of-p1'));
    for (const change of [
      mine.update(anObservation('Patient/p1', 'vital-signs'), 'of-p1'),
      edit(mine, 'Observation', 'of-p1'),
    ]) {
      expect(await sentBy(change)).toHaveLength(2);
    }
    expect(await versionsOf('Observation', 'of-p1')).toHaveLength(3);
  });

  it('one for a create, and for an update that creates', async () => {
    expect(await sentBy(system.create(aPatient(), 'by-post'))).toHaveLength(1);
    for (const [id, caller] of [
      ['by-put', system],
      ['by-user', user],
    ] as const) {
      expect(await sentBy(caller.update(aPatient(), id))).toHaveLength(1);
      expect(await versionsOf('Patient', id)).toMatchObject([{ version: 1 }]);
    }
  });

  it('two for an update of a deletion', async () => {
    await storage.write(system.update(aPatient(), 'made'));
    await storage.write(system.delete('Patient', 'made'));
    expect(await sentBy(system.update(aPatient(), 'made'))).toHaveLength(2);
    const versions = await versionsOf('Patient', 'made');
    expect(versions.map(({ deleted }) => deleted)).toEqual([false, true, false]);
  });

  it('of unchanged content one, which stores nothing', async () => {
    await storage.write(system.create(aPatient(), 'same'));
    expect(await sentBy(system.update(aPatient(), 'same'))).toHaveLength(1);
    expect(await versionsOf('Patient', 'same')).toHaveLength(1);
  });

  it('of a version that is not the current one one, which says so', async () => {
    await storage.write(system.create(aPatient(), 'elsewhere'));
    const change = system.update(aPatient('Else'), 'elsewhere', 'W/"7"');
    expect(await sentBy(change)).toHaveLength(1);
    await expect(storage.write(change)).rejects.toMatchObject({ status: 412 });
  });
});

describe('an update in one statement', () => {
  const bodiesOf = async (id: string) => (await versionsOf('Patient', id)).map(({ body }) => body);

  it('is stored as it is answered, with its number and time', async () => {
    for (const family of ['One', 'Two', 'Six']) await storage.write(system.update(aPatient(family), 'numbered'));
    const written = await storage.write(system.update(aPatient('Æ 漢 😀'), 'numbered'));
    expect((await bodiesOf('numbered')).at(-1)).toBe(written.body);
    expect(JSON.parse(written.body)).toMatchObject({
      meta: { versionId: '4', lastUpdated: written.lastUpdated },
      name: [{ family: 'Æ 漢 😀' }],
    });
    expect(written).toMatchObject({ versionId: 4, created: false });
  });

  it('loses none of thirty at a time, and copies each to the history', async () => {
    await storage.write(system.create(aPatient('Zero'), 'crowded'));
    const families = Array.from({ length: 30 }, (_, n) => `N${n}`);
    await Promise.all(families.map((family) => storage.write(system.update(aPatient(family), 'crowded'))));
    const stored = await bodiesOf('crowded');
    expect(stored.map((body) => /"versionId":"(\d+)"/.exec(body)?.[1])).toEqual(stored.map((_, at) => String(at + 1)));
    expect(new Set(stored.map((body) => /"family":"(\w+)"/.exec(body)?.[1]))).toEqual(new Set(['Zero', ...families]));
    const times = stored.map((body) => Date.parse(/"lastUpdated":"([^"]+)"/.exec(body)![1]!));
    expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
  });

  it('of one that is made twice at once is a first version and a second', async () => {
    for (let round = 0; round < 10; round++) {
      const id = `both-${round}`;
      const made = await Promise.all(['A', 'B'].map((family) => storage.write(system.update(aPatient(family), id))));
      expect(new Set(made.map(({ versionId, created }) => `${versionId} ${created}`))).toEqual(
        new Set(['1 true', '2 false']),
      );
    }
  });

  it('keeps labels that the content does not name', async () => {
    const tagged = { ...aPatient(), meta: { security: [{ code: 'R' }], tag: [{ code: 'kept' }] } };
    await storage.write(system.create(tagged, 'tagged'));
    const { body } = await storage.write(system.update(aPatient('Else'), 'tagged'));
    expect(JSON.parse(body)).toMatchObject({ meta: { security: [{ code: 'R' }], tag: [{ code: 'kept' }] } });
  });

  it('does not replace unseen what holds another resource', async () => {
    const contained = [{ resourceType: 'Organization', name: 'Within' }];
    await storage.write(system.create({ ...aPatient(), contained }, 'holder'));
    const [first, ...others] = await sentBy(system.update(aPatient('Else'), 'holder'));
    expect(first).toContain('stored AS (SELECT version FROM replaced');
    expect(others).toHaveLength(1);
    expect(await bodiesOf('holder')).toHaveLength(2);
  });

  it('and of two, names the tables of its type, so that no row is led to them', async () => {
    await storage.write(system.create(aPatient(), 'led'));
    const sent = [
      ...(await sentBy(system.update(aPatient('Two'), 'led'))),
      ...(await sentBy(edit(system, 'Patient', 'led'))),
    ].filter((text) => text.includes('UPDATE'));
    expect(sent).toHaveLength(2);
    for (const text of sent) expect(text).not.toMatch(/INTO resource(?:_history)? /);
  });

  it('fetches and decompresses the stored text once', async () => {
    const row = { json: () => '{}', lastUpdated: '2024-01-01T00:00:00.000Z', head: '', tail: '' };
    const { text, values } = overwriteStatement(
      { key: { type: 'Patient', id: 'p' }, row, expected: undefined, premise: undefined, entry: ['', ''] },
      { generation: 1, form: '' },
    );
    const bound = bindTenant(text, values);
    const lines = await storage.dataSource.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN (VERBOSE) ${bound.text}`, [
      ...bound.values,
    ]);
    const plan = lines.map((line) => line['QUERY PLAN']);
    expect(plan.filter((line) => line.includes('body ||'))).toHaveLength(1);
    expect(plan.filter((line) => /Filter: .*strpos/.test(line))).not.toContainEqual(expect.stringContaining('body'));
  });

  it.each([
    ['in another order of names', '{"value":"1","system":"phone"}', '{"system":"phone","value":"1"}', 1],
    ['of as many characters that differ', '{"value":"1"}', '{"value":"2"}', 2],
    ['with a number of other digits', '{"value":1.0e1}', '{"value":10.00}', 2],
    ['with numbers beyond those of PostgreSQL', '{"value":1e200000}', '{"value":2e200000}', 2],
  ])('%s makes a version where the content differs', async (name, before, after, versions) => {
    const id = `order-${name.replaceAll(' ', '-')}`;
    const content = (telecom: string) => parseJson(`{"resourceType":"Patient","telecom":[${telecom}]}`) as JsonObject;
    for (const one of [before, after]) await storage.write(system.update(content(one), id));
    expect(await bodiesOf(id)).toHaveLength(versions);
  });
});

describe('a version that is replaced after it was seen', () => {
  it('is not lost: the change is decided on the next one', async () => {
    await storage.write(system.create(aPatient('One'), 'raced'));
    const change = overtaken(
      system.update(aPatient('Three'), 'raced') as Update,
      system.update(aPatient('Two'), 'raced'),
    );
    expect(await storage.write(change)).toMatchObject({ versionId: 3 });
    const families = (await versionsOf('Patient', 'raced')).map(({ body }) => /"family":"(\w+)"/.exec(body)?.[1]);
    expect(families).toEqual(['One', 'Two', 'Three']);
  });

  it('is 412 where the change named it, and nothing is stored', async () => {
    await storage.write(system.create(aPatient('One'), 'named'));
    const change = overtaken(
      system.update(aPatient('Three'), 'named', 'W/"1"') as Update,
      system.update(aPatient('Two'), 'named'),
    );
    await expect(storage.write(change)).rejects.toMatchObject({ status: 412 });
    expect(await versionsOf('Patient', 'named')).toHaveLength(2);
  });

  it('of two that name one version, one is stored and one is 412, each time', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `twice-${round}`;
      await storage.write(system.create(aPatient('One'), id));
      const done = await Promise.allSettled(
        ['Two', 'Three'].map((family) => storage.write(system.update(aPatient(family), id, 'W/"1"'))),
      );
      const refused = done.filter((one) => one.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { status: number }).status)).toEqual([412]);
      expect(await versionsOf('Patient', id)).toHaveLength(2);
    }
  });

  it('may be a deletion, which stays in the history', async () => {
    await storage.write(system.create(aPatient('One'), 'buried'));
    const change = overtaken(system.update(aPatient('Three'), 'buried') as Update, system.delete('Patient', 'buried'));
    await expect(storage.write(change)).rejects.toMatchObject({ status: 410 });
    expect((await versionsOf('Patient', 'buried')).map(({ deleted }) => deleted)).toEqual([false, true]);
  });

  it('is judged anew where it has left the record', async () => {
    const mine = patient('p1');
    await storage.write(system.create(anObservation('Patient/p1'), 'moved'));
    const change = overtaken(
      mine.update(anObservation('Patient/p1', 'vital-signs'), 'moved') as Update,
      system.update(anObservation('Patient/p2'), 'moved'),
    );
    await expect(storage.write(change)).rejects.toMatchObject({ status: 404 });
    expect((await versionsOf('Observation', 'moved')).at(-1)!.body).toContain('Patient/p2');
  });
});

describe('content that its writer may not write', () => {
  const limited = new Caller('user/Observation.cruds?category=laboratory');
  it('stores nothing, in the history neither', async () => {
    const mine = patient('p1');
    await storage.write(system.create(anObservation('Patient/p1'), 'kept'));
    for (const change of [
      mine.update(anObservation('Patient/p2'), 'kept'),
      limited.update(anObservation('Patient/p1', 'vital-signs'), 'kept'),
    ]) {
      const status = await storage.write(change).catch((error: FhirError) => error.status);
      expect(await versionsOf('Observation', 'kept')).toHaveLength(1);
      expect(status).toBe(403);
    }
    expect(filter('Observation', 'category', 'laboratory')).toBeDefined();
  });
});

describe('where a Consent denies something', () => {
  // A repository that has not found out yet.
  let other: Storage;
  beforeAll(async () => {
    other = await openStorage();
    for (const id of ['withheld', 'open']) await other.write(system.create(aPatient('One'), id));
    await other.write(system.create(aConsent('Patient/withheld'), 'denies'));
  });
  afterAll(() => other.close());

  const versions = async (id: string) =>
    other.dataSource.query<{ version: number }[]>('SELECT version FROM resource WHERE id = $1', [id]);

  it('replaces nothing that it withholds, however the server learns of it', async () => {
    const status = await other
      .write(user.update(aPatient('Two'), 'withheld'))
      .catch((error: FhirError) => error.status);
    expect(await versions('withheld')).toEqual([{ version: 1 }]);
    expect(status).toBe(404);
  });

  it('makes no ids by PUT', async () => {
    await expect(other.write(user.update(aPatient(), 'unheard-of'))).rejects.toMatchObject({ status: 404 });
    expect(await versions('unheard-of')).toEqual([]);
  });

  it('says so of what is stored', async () => {
    expect(await other.write(user.update(aPatient('Two'), 'open'))).toMatchObject({ versionId: 2, noneDenies: false });
    expect(await other.write(user.create(aPatient('Two'), 'another'))).toMatchObject({ noneDenies: false });
  });
});
