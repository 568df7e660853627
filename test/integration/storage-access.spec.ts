import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { hashToken } from '../../src/r4/search/index/token-hash.js';
import { ChangesFailed } from '../../src/fhir/storage/writing/change.js';
import type { Refused } from '../../src/refusal/refusal.js';
import {
  anObservation,
  aPatient,
  base,
  Caller,
  openStorage,
  patient,
  type Storage,
  system,
} from './storage.fixture.js';

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
  await storage.resources.write([
    ...['p1', 'p2'].map((id) => system.create(aPatient(), id)),
    system.create(anObservation('Patient/p1'), 'of-p1'),
    system.create(anObservation('Patient/p2'), 'of-p2'),
  ]);
});
afterAll(() => storage.close());

const p1 = patient('p1');

/** Whether the caller reads and finds the resource; the two must agree. */
async function sees(caller: Caller, type: string, id: string): Promise<boolean> {
  const found = await storage.resources.find(caller.to(type, 'r'), id);
  const { rows } = await storage.resources.search(
    [{ access: caller.to(type, 's'), criteria: [] }],
    { count: 1000 },
    caller.searching,
  );
  const version = await storage.resources.findVersion(caller.to(type, 'r'), id, '1');
  const history = await versionsOf(caller, type, id);
  const answers = [found !== undefined, rows.some((row) => row.id === id), version !== undefined, history.length > 0];
  expect(new Set(answers).size, `${type}/${id}: ${answers.join()}`).toBe(1);
  return answers[0]!;
}

async function versionsOf(caller: Caller, type: string, id: string) {
  return (await storage.resources.history(caller.to(type, 'r'), id, { count: 9, newestFirst: true })).rows;
}

async function store(resource: JsonObject, id: string): Promise<void> {
  await storage.write(system.update(resource, id));
}

/** An error as the client sees it. */
const answer = async (change: Parameters<Storage['write']>[0]) => {
  const error = (await storage.write(change).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as Refused | undefined;
  return error && { status: error.status, headers: error.headers, issues: error.issues };
};

describe('membership in a compartment', () => {
  it.each([
    ['a relative reference', 'Patient/p1', true],
    ['an absolute reference on our base', `${base}/Patient/p1`, true],
    ['a versioned reference', 'Patient/p1/_history/1', true],
    ['a reference to another host', 'https://other.example/fhir/r4/Patient/p1', false],
    ['a reference to a longer id', 'Patient/p11', false],
    ['a reference to another patient', 'Patient/p2', false],
    ['a fragment', '#p1', false],
  ])('by %s: %s is %s', async (name, reference, expected) => {
    const id = name.replaceAll(' ', '-');
    await store(anObservation(reference), id);
    expect(await sees(p1, 'Observation', id)).toBe(expected);
    expect(await sees(system, 'Observation', id)).toBe(true);
  });

  it('does not come from an identifier, a focus or a link', async () => {
    const observation = anObservation('Patient/p2');
    const subject = { type: 'Patient', identifier: { system: 'http://x', value: 'p1' } };
    await store({ ...observation, subject }, 'identified');
    await store({ ...observation, focus: [{ reference: 'Patient/p1' }] }, 'focused');
    await store({ ...aPatient(), link: [{ other: { reference: 'Patient/p1' }, type: 'seealso' }] }, 'linked');
    expect(await sees(p1, 'Observation', 'identified')).toBe(false);
    expect(await sees(p1, 'Observation', 'focused')).toBe(false);
    expect(await sees(p1, 'Patient', 'linked')).toBe(false);
    expect(await sees(p1, 'Patient', 'p1')).toBe(true);
  });

  it('of a related person is that of the patient they name, as long as they exist', async () => {
    const related = new Caller('user/*.rs', { fhirUser: { type: 'RelatedPerson', id: 'rp1' } });
    expect(await sees(related, 'Observation', 'of-p1')).toBe(false);
    await store({ resourceType: 'RelatedPerson', patient: { reference: 'Patient/p1' } }, 'rp1');
    expect(await sees(related, 'Observation', 'of-p1')).toBe(true);
    expect(await sees(related, 'Observation', 'of-p2')).toBe(false);
    await storage.write(system.delete('RelatedPerson', 'rp1'));
    expect(await sees(related, 'Observation', 'of-p1')).toBe(false);
  });

  it('of a Provenance is that of any of its targets', async () => {
    const provenance = (...targets: string[]): JsonObject => ({
      resourceType: 'Provenance',
      target: targets.map((reference) => ({ reference })),
    });
    await store(provenance('Observation/of-p2', 'Observation/of-p1'), 'either');
    await store(provenance('Patient/p1'), 'patient');
    await store(provenance('Observation/of-p2'), 'foreign');
    await store(provenance('Observation/nowhere'), 'dangling');
    await store(provenance('https://other.example/Observation/of-p1'), 'elsewhere');
    expect(await sees(p1, 'Provenance', 'either')).toBe(true);
    expect(await sees(p1, 'Provenance', 'patient')).toBe(true);
    for (const id of ['foreign', 'dangling', 'elsewhere']) expect(await sees(p1, 'Provenance', id)).toBe(false);
  });

  it('of a Provenance ends when its target is deleted', async () => {
    await store(anObservation('Patient/p1'), 'target');
    await store({ resourceType: 'Provenance', target: [{ reference: 'Observation/target' }] }, 'of-target');
    expect(await sees(p1, 'Provenance', 'of-target')).toBe(true);
    await storage.write(system.delete('Observation', 'target'));
    expect(await sees(p1, 'Provenance', 'of-target')).toBe(false);
  });

  it('of a Binary comes from its security context', async () => {
    const binary = (reference: string): JsonObject => ({
      resourceType: 'Binary',
      contentType: 'text/plain',
      securityContext: { reference },
    });
    await store(binary('Patient/p1'), 'own');
    await store(binary('Observation/of-p1'), 'by-observation');
    await store(binary('Patient/p2'), 'foreign');
    await store(binary('Observation/of-p2'), 'by-foreign');
    expect(await sees(p1, 'Binary', 'own')).toBe(true);
    expect(await sees(p1, 'Binary', 'by-observation')).toBe(true);
    expect(await sees(p1, 'Binary', 'foreign')).toBe(false);
    expect(await sees(p1, 'Binary', 'by-foreign')).toBe(false);
  });

  it.each([
    ['DocumentReference', (url: string) => ({ content: [{ attachment: { url } }] })],
    ['DiagnosticReport', (url: string) => ({ presentedForm: [{ url }] })],
    ['Media', (url: string) => ({ content: { url } })],
  ])('of a Binary comes from a %s that points at it', async (resourceType, pointing) => {
    const referrer = (binary: string, subject: string): JsonObject => ({
      resourceType,
      subject: { reference: subject },
      ...pointing(binary),
    });
    const binary = { resourceType: 'Binary', contentType: 'text/plain' };
    await store(binary, `of-${resourceType}`);
    expect(await sees(p1, 'Binary', `of-${resourceType}`)).toBe(false);
    await store(referrer(`Binary/of-${resourceType}`, 'Patient/p2'), 'referrer');
    expect(await sees(p1, 'Binary', `of-${resourceType}`)).toBe(false);
    await store(referrer(`Binary/of-${resourceType}`, 'Patient/p1'), 'referrer');
    expect(await sees(p1, 'Binary', `of-${resourceType}`)).toBe(true);
    await storage.write(system.delete(resourceType, 'referrer'));
    expect(await sees(p1, 'Binary', `of-${resourceType}`)).toBe(false);
  });
});

describe('granular limits', () => {
  const laboratory = new Caller('system/Observation.rs?category=laboratory');

  it('apply beside those of the patient', async () => {
    await store(anObservation('Patient/p1', 'vital-signs'), 'vital');
    const both = patient('p1', 'patient/Observation.rs?category=laboratory');
    expect(await sees(both, 'Observation', 'of-p1')).toBe(true);
    expect(await sees(both, 'Observation', 'vital')).toBe(false);
    expect(await sees(both, 'Observation', 'of-p2')).toBe(false);
    expect(await sees(laboratory, 'Observation', 'of-p2')).toBe(true);
  });

  it('are not satisfied by a row that only shares the hash', async () => {
    await store(anObservation('Patient/p1', 'survey'), 'forged');
    expect(await sees(laboratory, 'Observation', 'forged')).toBe(false);
    await storage.dataSource.query(
      `UPDATE resource SET tok = tok || $1::bigint[] WHERE type = 'Observation' AND id = 'forged'`,
      [[hashToken('category\u001flaboratory')]],
    );
    expect(await sees(laboratory, 'Observation', 'forged')).toBe(false);
  });
});

describe('versions and deletions', () => {
  it('are judged one by one, and by the current version', async () => {
    await store(anObservation('Patient/p2'), 'moved');
    await store(anObservation('Patient/p1'), 'moved');
    const access = p1.to('Observation', 'r');
    expect(await storage.resources.findVersion(access, 'moved', '1')).toBeUndefined();
    expect(await storage.resources.findVersion(access, 'moved', '2')).toBeDefined();
    expect((await versionsOf(p1, 'Observation', 'moved')).map((row) => row.versionId)).toEqual([2]);
    await store(anObservation('Patient/p2'), 'moved');
    expect(await storage.resources.findVersion(access, 'moved', '2')).toBeUndefined();
    expect(await versionsOf(p1, 'Observation', 'moved')).toEqual([]);
  });

  it('show a deletion only to those who saw the last live version', async () => {
    await store(anObservation('Patient/p2'), 'gone');
    await storage.write(system.delete('Observation', 'gone'));
    expect(await storage.resources.find(p1.to('Observation', 'r'), 'gone')).toBeUndefined();
    expect(await versionsOf(p1, 'Observation', 'gone')).toEqual([]);
    const p2 = patient('p2');
    expect(await storage.resources.find(p2.to('Observation', 'r'), 'gone')).toMatchObject({ deleted: true });
    expect(await versionsOf(p2, 'Observation', 'gone')).toHaveLength(2);
  });
});

describe('a write within limits', () => {
  const outside = {
    status: 403,
    issues: [{ code: 'forbidden', details: { coding: [{ code: 'write-outside-compartment' }] } }],
  };

  it('creates, changes, deletes and revives what lies inside', async () => {
    await storage.write(p1.create(anObservation('Patient/p1'), 'mine'));
    await storage.write(p1.update(anObservation('Patient/p1', 'survey'), 'mine'));
    await storage.write(p1.delete('Observation', 'mine'));
    expect(await storage.write(p1.update(anObservation('Patient/p1'), 'mine'))).toMatchObject({
      versionId: 4,
      created: true,
    });
  });

  it('cannot create outside, nor without a patient', async () => {
    expect(await answer(p1.create(anObservation('Patient/p2'), 'x1'))).toMatchObject(outside);
    const { subject: _, ...orphan } = anObservation('Patient/p1');
    expect(await answer(p1.create(orphan, 'x2'))).toMatchObject(outside);
    expect(await storage.resources.find(system.to('Observation', 'r'), 'x1')).toBeUndefined();
  });

  it('cannot move a resource out', async () => {
    await store(anObservation('Patient/p1'), 'stay');
    expect(await answer(p1.update(anObservation('Patient/p2'), 'stay'))).toMatchObject(outside);
    expect(await storage.resources.find(p1.to('Observation', 'r'), 'stay')).toMatchObject({ versionId: 1 });
  });

  it('cannot take, probe or delete what lies outside: hidden answers like unknown', async () => {
    const stripped = (value: unknown, id: string) => JSON.parse(JSON.stringify(value).replaceAll(id, 'ID')) as unknown;
    for (const ifMatch of [undefined, 'W/"1"', 'W/"7"']) {
      const hidden = await answer(p1.update(anObservation('Patient/p1'), 'of-p2', ifMatch));
      const unknown = await answer(p1.update(anObservation('Patient/p1'), 'of-no', ifMatch));
      expect(hidden).toMatchObject({ status: 404 });
      expect(stripped(hidden, 'of-p2')).toEqual(stripped(unknown, 'of-no'));
      const hiddenDelete = await answer(p1.delete('Observation', 'of-p2', ifMatch));
      expect(stripped(hiddenDelete, 'of-p2')).toEqual(
        stripped(await answer(p1.delete('Observation', 'of-no', ifMatch)), 'of-no'),
      );
    }
    expect(await storage.resources.find(system.to('Observation', 'r'), 'of-p2')).toMatchObject({ versionId: 1 });
    expect(await storage.resources.find(system.to('Observation', 'r'), 'of-no')).toBeUndefined();
  });

  it('cannot revive what somebody else deleted', async () => {
    await store(anObservation('Patient/p2'), 'grave');
    await storage.write(system.delete('Observation', 'grave'));
    expect(await answer(p1.update(anObservation('Patient/p1'), 'grave'))).toMatchObject({ status: 404 });
    expect(await answer(p1.delete('Observation', 'grave'))).toMatchObject({ status: 404 });
  });

  it('must satisfy a granular limit before and after', async () => {
    const laboratory = new Caller('system/Observation.cud?category=laboratory');
    const refusal = { issues: [{ details: { coding: [{ code: 'write-outside-constraint' }] } }] };
    expect(await answer(laboratory.create(anObservation('Patient/p1', 'survey'), 'y1'))).toMatchObject(refusal);
    await store(anObservation('Patient/p1', 'laboratory'), 'y2');
    expect(await answer(laboratory.update(anObservation('Patient/p1', 'survey'), 'y2'))).toMatchObject(refusal);
    expect(await answer(laboratory.update(anObservation('Patient/p1'), 'y2'))).toBeUndefined();
    await store(anObservation('Patient/p1', 'survey'), 'y3');
    expect(await answer(laboratory.update(anObservation('Patient/p1'), 'y3'))).toMatchObject({ status: 404 });
    expect(await answer(laboratory.delete('Observation', 'y3'))).toMatchObject({ status: 404 });
  });

  it('is judged on what the whole transaction leaves', async () => {
    const document = {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: 'Patient/p1' },
      content: [{ attachment: { url: 'Binary/together' } }],
    };
    const binary = p1.create({ resourceType: 'Binary', contentType: 'text/plain' }, 'together');
    await expect(storage.resources.write([binary])).rejects.toMatchObject({ status: 403 });
    await expect(storage.resources.write([binary, p1.create(document, 'document')])).resolves.toHaveLength(2);
    expect(await sees(p1, 'Binary', 'together')).toBe(true);
  });

  it('cannot open a Binary of others by pointing at it (ADR 9)', async () => {
    const pointing = (url: string) => ({
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: 'Patient/p1' },
      content: [{ attachment: { url } }],
    });
    await store({ resourceType: 'Binary', contentType: 'text/plain' }, 'of-others');
    const foreign = await answer(p1.create(pointing('Binary/of-others'), 'thief'));
    const unknown = await answer(p1.create(pointing('Binary/of-nobody'), 'thief'));
    expect(foreign).toMatchObject({ status: 403 });
    expect(JSON.stringify(foreign).replaceAll('of-others', 'X')).toBe(
      JSON.stringify(unknown).replaceAll('of-nobody', 'X'),
    );
    expect(await sees(p1, 'Binary', 'of-others')).toBe(false);
    await storage.write(p1.create(pointing('https://elsewhere.example/Binary/1'), 'honest'));
    expect(await answer(p1.update(pointing(`${base}/Binary/of-others`), 'honest'))).toMatchObject({ status: 403 });
    await store(pointing('Binary/of-others'), 'honest');
    // What an author without limits pointed at may stay.
    expect(
      await answer(p1.update({ ...pointing('Binary/of-others'), status: 'superseded' }, 'honest')),
    ).toBeUndefined();
    expect(await sees(p1, 'Binary', 'of-others')).toBe(true);
  });

  it('names every entry that lies outside', async () => {
    const changes = ['p1', 'p2', 'p1', 'p3'].map((id, i) => p1.create(anObservation(`Patient/${id}`), `n${i}`));
    const failure = await storage.resources.write(changes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChangesFailed);
    expect((failure as ChangesFailed).failures.map(({ index }) => index)).toEqual([1, 3]);
    expect(await storage.resources.find(system.to('Observation', 'r'), 'n0')).toBeUndefined();
  });
});
