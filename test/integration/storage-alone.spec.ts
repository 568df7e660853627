// Writes of one resource without a transaction around them: how many statements they are, and that nothing is lost
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, Edit, Update } from '../../src/fhir/storage/writing/change.js';
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

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  // Asked of a database once.
  await storage.write(system.update(aPatient(), 'first'));
});
afterAll(() => storage.close());

/** Statements about data, with those that open and end transactions. */
async function sentBy(change: Change): Promise<readonly string[]> {
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

describe('a write of one resource takes two statements and no transaction', () => {
  const mine = patient('p1');
  const cases: readonly (readonly [string, (id: string) => Change])[] = [
    ['an update of any row', (id) => system.update(aPatient('Two'), id)],
    ['an update of a version', (id) => system.update(aPatient('Three'), id, 'W/"1"')],
    ['an edit of any row', (id) => edit(system, 'Patient', id)],
    ['an update where Consents count and none denies', (id) => user.update(aPatient('Four'), id)],
  ];
  it.each(cases)('%s', async (name, change) => {
    const id = name.replaceAll(' ', '-');
    await storage.write(system.create(aPatient('One'), id));
    const sent = await sentBy(change(id));
    expect(sent).toHaveLength(2);
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

  it('an update that creates, and one of a deletion', async () => {
    expect(await sentBy(system.update(aPatient(), 'made'))).toHaveLength(2);
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
      await expect(storage.write(change)).rejects.toMatchObject({ status: 403 });
    }
    expect(await versionsOf('Observation', 'kept')).toHaveLength(1);
    expect(filter('Observation', 'category', 'laboratory')).toBeDefined();
  });
});
