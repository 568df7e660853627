// Setting REFERENTIAL_INTEGRITY: local references exist when written, and what is referred to is not deleted
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Change, Written } from '../../src/fhir/storage/writing/change.js';
import {
  anybody,
  aPatient,
  anObservation,
  base,
  Caller,
  openStorage,
  patient,
  statementsOf,
  type Storage,
  system,
} from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage({ readsReferences: true });
  await storage.resources.write(['p1', 'p2'].map((id) => system.create(aPatient(), id)));
});
afterAll(() => storage.close());

const refusal = async (work: Promise<unknown>): Promise<FhirError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FhirError);
  return error as FhirError;
};
const expectRefusal = async (work: Promise<unknown>, status: number): Promise<FhirError> => {
  const error = await refusal(work);
  expect(error.status, error.message).toBe(status);
  return error;
};

let made = 0;
const create = (resource: JsonObject, caller = system): Promise<Written> =>
  storage.write(caller.create(resource, `made-${++made}`));
const pointing = (reference: string, changes: JsonObject = {}): JsonObject => ({
  ...anObservation('Patient/p1'),
  focus: [{ reference }],
  ...changes,
});
const cycle = (one: string, other: string): readonly Change[] => [
  system.create({ ...aPatient(), link: [{ type: 'seealso', other: { reference: `Patient/${other}` } }] }, one),
  system.create({ ...aPatient(), link: [{ type: 'seealso', other: { reference: `Patient/${one}` } }] }, other),
];

describe('a reference that is written', () => {
  it.each(['Patient/p1', `${base}/Patient/p1`, 'Patient/p1/_history/1', `${base}/Patient/p1/_history/1`])(
    'may name what exists: %s',
    async (reference) => {
      expect((await create(pointing(reference))).versionId).toBe(1);
    },
  );

  it.each([
    'Patient/no',
    `${base}/Patient/no`,
    'Patient/p1/_history/2',
    'Patient/p1/_history/0',
    'Patient/p1/_history/x',
  ])('is refused when there is no such resource or version: %s', async (reference) => {
    const { issues } = await expectRefusal(create(pointing(reference)), 422);
    expect(issues).toEqual([
      {
        code: 'not-found',
        diagnostics: expect.stringContaining(`"${reference}" does not exist, or is out of reach`),
        expression: ['Observation.focus[0].reference'],
      },
    ]);
  });

  it.each([
    'http://other.example/fhir/Patient/no',
    'https://localhost:3000/fhir/r4/Patient/no',
    'urn:uuid:6b0e1a4e-8a4c-4f0e-9d0c-0b9f2f1b7a11',
    '#inside',
    'Foo/1',
    'patient/no',
    'Patient?identifier=12',
  ])('to another place is left alone: %s', async (reference) => {
    expect((await create(pointing(reference))).versionId).toBe(1);
  });

  it('by identifier alone is left alone', async () => {
    const subject = { type: 'Patient', identifier: { system: 'urn:mrn', value: 'no' } };
    expect((await create({ ...anObservation('Patient/p1'), subject })).versionId).toBe(1);
  });

  it('counts in extensions, of primitives too, and in contained resources', async () => {
    const url = 'http://example.org/x';
    const { issues } = await expectRefusal(
      create(
        pointing('Patient/p2', {
          contained: [{ resourceType: 'Patient', id: 'c', generalPractitioner: [{ reference: 'Practitioner/no' }] }],
          extension: [{ url, extension: [{ url, valueReference: { reference: 'Group/no' } }] }],
          _status: { extension: [{ url, valueReference: { reference: 'Device/no' } }] },
        }),
      ),
      422,
    );
    expect(issues.map(({ expression }) => expression![0])).toEqual([
      'Observation.contained[0].generalPractitioner[0].reference',
      'Observation.extension[0].extension[0].valueReference.reference',
      'Observation._status.extension[0].valueReference.reference',
    ]);
  });

  it('within what a Bundle or Parameters encloses is left alone', async () => {
    const resource = pointing('Patient/no');
    await create({ resourceType: 'Bundle', type: 'collection', entry: [{ resource }] });
    await create({ resourceType: 'Parameters', parameter: [{ name: 'one', resource }] });
    const value = { name: 'one', valueReference: { reference: 'Patient/no' } };
    await expectRefusal(create({ resourceType: 'Parameters', parameter: [value] }), 422);
  });

  it('is no element of another type that has the same name', async () => {
    const education = [{ documentType: 'leaflet', reference: 'Patient/no' }];
    expect(
      (await create({ resourceType: 'Immunization', patient: { reference: 'Patient/p1' }, education })).created,
    ).toBe(true);
  });

  it('is checked in updates and edits', async () => {
    await storage.write(system.update(pointing('Patient/p2'), 'changing'));
    await expectRefusal(storage.write(system.update(pointing('Patient/no'), 'changing')), 422);
    const edit = (reference: string): Change => ({
      kind: 'edit',
      access: system.to('Observation', 'u'),
      reading: system.to('Observation', 'r'),
      type: 'Observation',
      id: 'changing',
      edit: (current) => ({ resource: { ...current, focus: [{ reference }] } }),
    });
    await expectRefusal(storage.write(edit('Patient/no')), 422);
    expect((await storage.write(edit('Patient/p1'))).versionId).toBe(2);
  });

  it('may name itself, its own next version, and what the same write makes, in any order', async () => {
    expect((await storage.write(system.update(pointing('Observation/self'), 'self'))).versionId).toBe(1);
    await storage.write(system.update(pointing('Observation/self/_history/2'), 'self'));
    await expectRefusal(storage.write(system.update(pointing('Observation/self/_history/4'), 'self')), 422);
    await storage.resources.write(cycle('round-1', 'round-2'));
  });

  it('does not name what the same write deletes, or what was deleted before', async () => {
    await storage.write(system.create(aPatient(), 'leaving'));
    const changes = [system.delete('Patient', 'leaving'), system.create(pointing('Patient/leaving'), 'left')];
    await expectRefusal(storage.resources.write(changes), 422);
    await storage.write(system.delete('Patient', 'leaving'));
    await expectRefusal(create(pointing('Patient/leaving')), 422);
    await storage.write(system.update(aPatient(), 'leaving'));
    expect((await create(pointing('Patient/leaving'))).created).toBe(true);
  });

  it('names each change that fails, and at most twenty references one by one', async () => {
    const focus = Array.from({ length: 30 }, (_, i) => ({ reference: `Patient/no-${i}` }));
    const changes = [system.create(pointing('Patient/p1'), 'fine'), system.create(pointing('', { focus }), 'broken')];
    const error = await expectRefusal(storage.resources.write(changes), 422);
    expect(error).toMatchObject({ failures: [{ index: 1 }] });
    expect(error.issues).toHaveLength(21);
    expect(error.issues.at(-1)!.diagnostics).toMatch(/^10 more references/);
  });
});

describe('whom a reference tells what', () => {
  const told = async (caller: Caller, type: string, reference: string, within = 'Patient/p1') => {
    const resource: JsonObject = { ...anObservation(within), resourceType: type, focus: [{ reference }] };
    const { status, issues } = await refusal(create(resource, caller));
    return JSON.stringify([status, issues]).replaceAll(reference, 'IT');
  };

  it('hidden and absent targets answer alike to a patient', async () => {
    await storage.write(system.update(anObservation('Patient/p2'), 'of-p2'));
    const caller = patient('p1');
    expect(await told(caller, 'Observation', 'Observation/of-p2')).toBe(
      await told(caller, 'Observation', 'Observation/no'),
    );
    expect(await told(caller, 'Observation', 'Patient/p2')).toBe(await told(caller, 'Observation', 'Patient/no'));
    expect(await told(caller, 'Observation', 'Group/g')).toContain('does not reach any Group');
  });

  it('a write-only caller is told the scope, whether the target exists or not', async () => {
    const caller = new Caller('system/Observation.c');
    expect(await told(caller, 'Observation', 'Observation/of-p2')).toBe(
      await told(caller, 'Observation', 'Observation/no'),
    );
    expect(await told(caller, 'Observation', 'Observation/no')).toContain('such as user/Observation.r');
  });

  it('the patient of the launch and the own fhirUser count without a scope for their types', async () => {
    await storage.write(system.update({ resourceType: 'Practitioner' }, 'me'));
    const caller = new Caller('patient/Observation.c', { patient: 'p1', fhirUser: { type: 'Practitioner', id: 'me' } });
    const performer = [{ reference: 'Practitioner/me' }];
    expect((await create({ ...anObservation('Patient/p1'), performer }, caller)).created).toBe(true);
    expect(await told(caller, 'Observation', 'Practitioner/other')).toContain('422');
  });

  it('so does the patient that a RelatedPerson stands for', async () => {
    await storage.write(system.update({ resourceType: 'RelatedPerson', patient: { reference: 'Patient/p1' } }, 'aunt'));
    const caller = new Caller('user/Observation.c', { fhirUser: { type: 'RelatedPerson', id: 'aunt' } });
    expect((await create(anObservation('Patient/p1'), caller)).created).toBe(true);
    expect(await told(caller, 'Observation', 'Patient/p2')).toBe(await told(caller, 'Observation', 'Patient/no'));
  });

  it('what a transaction makes counts for who makes it', async () => {
    const writer = new Caller('system/*.c');
    const changes = [writer.create(aPatient(), 'new-p'), writer.create(anObservation('Patient/new-p'), 'new-o')];
    expect(await storage.resources.write(changes)).toHaveLength(2);
  });
});

describe('a delete', () => {
  it('of what is referred to is refused, whatever the form and place of the reference', async () => {
    for (const [i, reference] of ['Patient/ID', `${base}/Patient/ID`, 'Patient/ID/_history/1'].entries()) {
      const id = `held-${i}`;
      await storage.write(system.create(aPatient(), id));
      const url = 'http://example.org/x';
      const valueReference = { reference: reference.replace('ID', id) };
      const holder = await create({ resourceType: 'Basic', extension: [{ url, valueReference }] });
      const error = await expectRefusal(storage.write(system.delete('Patient', id)), 409);
      expect(error.message).toContain(`Patient/${id} cannot be deleted while other resources refer to it`);
      expect(error.message).not.toContain(holder.id);
      await storage.write(system.update({ resourceType: 'Basic' }, holder.id));
      expect((await storage.write(system.delete('Patient', id))).deleted).toBe(true);
    }
  });

  it('may take its referrers along, and itself, and whole circles', async () => {
    await storage.resources.write(cycle('ring-1', 'ring-2'));
    await expectRefusal(storage.write(system.delete('Patient', 'ring-1')), 409);
    const both = ['ring-2', 'ring-1'].map((id) => system.delete('Patient', id));
    expect(await storage.resources.write(both)).toHaveLength(2);
    await storage.write(system.update(pointing('Observation/selfish'), 'selfish'));
    expect((await storage.write(system.delete('Observation', 'selfish'))).deleted).toBe(true);
  });

  it('is possible in the write that takes the last reference away', async () => {
    await storage.write(system.create(aPatient(), 'freed'));
    await storage.write(system.update(pointing('Patient/freed'), 'holder'));
    const changes = [system.delete('Patient', 'freed'), system.update(pointing('Patient/p1'), 'holder')];
    expect(await storage.resources.write(changes)).toHaveLength(2);
  });

  it('is not held up by what was deleted, by old versions, or by a second delete', async () => {
    await storage.write(system.create(aPatient(), 'once'));
    await storage.write(system.update(pointing('Patient/once'), 'once-holder'));
    await storage.write(system.delete('Observation', 'once-holder'));
    await storage.write(system.delete('Patient', 'once'));
    expect((await storage.write(system.delete('Patient', 'once'))).deleted).toBe(true);
  });

  it('names each one that is still referred to', async () => {
    await storage.resources.write([...cycle('tied-1', 'tied-2'), system.create(aPatient(), 'loose')]);
    const changes = ['tied-1', 'loose'].map((id) => system.delete('Patient', id));
    const error = await expectRefusal(storage.resources.write(changes), 409);
    expect(error).toMatchObject({ failures: [{ index: 0 }] });
  });
});

describe('parallel writes', () => {
  /** Writes in a transaction that stays open until `end` is called. */
  async function hold(change: Change): Promise<{ end: () => Promise<void> }> {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let done = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      done = storage.resources.transaction(anybody, async (tx) => {
        await tx.writeOne(change);
        resolve();
        await released;
      });
      done.catch(reject);
    });
    return {
      end: () => {
        release();
        return done;
      },
    };
  }

  /** Returns as soon as some connection waits for a lock. */
  async function somebodyWaits(): Promise<void> {
    for (;;) {
      const [{ count }] = await storage.dataSource.query(
        `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (count > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('a delete waits for a reference that is being written, and is refused', async () => {
    await storage.write(system.create(aPatient(), 'race-1'));
    const writing = await hold(system.create(pointing('Patient/race-1'), 'race-1-holder'));
    const refused = expectRefusal(storage.write(system.delete('Patient', 'race-1')), 409);
    await somebodyWaits();
    await writing.end();
    await refused;
  });

  it('a reference waits for a delete that is under way, and is refused', async () => {
    await storage.write(system.create(aPatient(), 'race-2'));
    const deleting = await hold(system.delete('Patient', 'race-2'));
    const refused = expectRefusal(create(pointing('Patient/race-2')), 422);
    await somebodyWaits();
    await deleting.end();
    await refused;
  });

  it('a reference does not wait for an update of its target, nor the update for it', async () => {
    await storage.write(system.create(aPatient(), 'race-3'));
    const updating = await hold(system.update(aPatient('Busy'), 'race-3'));
    const writing = await hold(system.create(pointing('Patient/race-3'), 'race-3-holder'));
    await updating.end();
    expect((await storage.write(system.update(aPatient('Busier'), 'race-3'))).versionId).toBe(3);
    await writing.end();
  });

  it('never leave a reference to what is gone', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `mixed-${round}`;
      await storage.write(system.create(aPatient(), id));
      const outcomes = await Promise.allSettled([
        storage.write(system.delete('Patient', id)),
        create(pointing(`Patient/${id}`)),
        create(pointing(`Patient/${id}`)),
      ]);
      const isDeleted = outcomes[0].status === 'fulfilled';
      expect(outcomes.slice(1).some(({ status }) => status === 'fulfilled')).toBe(!isDeleted);
    }
  });
});

describe('the cost', () => {
  it('is one statement for all references of a write, and one for all deletes', async () => {
    const many = Array.from({ length: 50 }, (_, i) => system.create(pointing(`Patient/p${(i % 2) + 1}`), `many-${i}`));
    const statements = await statementsOf(() => storage.resources.write(many));
    expect(statements.filter((text) => text.includes('FOR KEY SHARE'))).toHaveLength(1);
    const deletes = many.map(({ id }) => system.delete('Observation', id));
    const deleting = await statementsOf(() => storage.resources.write(deletes));
    expect(deleting.filter((text) => text.includes('referrer'))).toHaveLength(1);
  });

  it('is none while the setting is off', async () => {
    const off = await openStorage();
    try {
      // Asked of a database once.
      await off.write(system.create({ resourceType: 'Basic' }, 'first'));
      const writing = await statementsOf(() => off.write(system.create(pointing('Patient/no'), 'free')));
      expect(writing).toHaveLength(1);
      const [{ val }] = await off.dataSource.query(`SELECT val FROM resource WHERE id = 'free'`);
      expect(val.filter((entry: string) => entry.startsWith('~reference'))).toEqual([]);
      const deleting = await statementsOf(() => off.write(system.delete('Observation', 'free')));
      expect(deleting.filter((text) => text.includes('referrer'))).toEqual([]);
    } finally {
      await off.close();
    }
  });
});
