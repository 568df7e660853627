// Chains, _has and includes through what is hidden; the two worlds must answer alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { readsOf } from '../integration/storage.fixture.js';
import { aPatient, anObservation } from '../support/resources.js';
import type { Limit } from './limit.js';
import { record } from './record.js';
import { Session } from './session.js';
import { Worlds } from './world.js';

const hiddenIds = ['foreign-0', 'tenant-1', 'foreign-2'];
const refer = (...ids: readonly string[]) => ids.map((id) => ({ reference: `Observation/${id}` }));
/** Refers to what is visible, by parameters that do not place it in the record. */
const intruder = (subject: string, id: string): JsonObject => ({
  ...anObservation(subject),
  id,
  focus: [{ reference: 'Patient/p1' }],
  derivedFrom: refer('own-1', 'own-2'),
});

/** Of somebody else. */
const listOf = (subject: string, item: string): JsonObject => ({
  resourceType: 'List',
  id: 'listing',
  status: 'current',
  mode: 'working',
  subject: { reference: subject },
  entry: [{ item: { reference: item } }],
});

const limit: Limit = {
  // Its length decides that hidden resources are there in one world only (world.ts).
  name: 'links through what lies hidden',
  scope: 'patient/*.rs',
  claims: { patient: 'p1' },
  type: 'Observation',
  may: 'rs',
  around: [...['p1', 'p2'].map((id) => ({ ...aPatient(), id })), listOf('Patient/p2', 'Observation/own-1')],
  own: (id) => [{ ...anObservation('Patient/p1'), id, derivedFrom: refer(...hiddenIds) }],
  hidden: {
    foreign: (id) => [intruder('Patient/p2', id)],
    tenant: (id) => [intruder('Patient/p1', id)],
  },
  moves: false,
  sql: `UPDATE resource SET tenant = 2 WHERE id LIKE 'tenant-%'; UPDATE resource_history SET tenant = 2 WHERE id LIKE 'tenant-%'`,
};

let worlds: Worlds;
let pair: readonly Session[];
beforeAll(async () => {
  worlds = await Worlds.start();
  await worlds.load(limit);
  pair = [new Session(worlds.a, limit), new Session(worlds.b, limit)];
});
afterAll(() => worlds.close());

const ask = (...addresses: readonly string[]) =>
  record(async (session) => {
    for (const address of addresses) await session.get(address);
  }, pair);

describe('what is hidden', () => {
  it('is there in the one world, and refers and is referred to', async () => {
    for (const query of ['_has:Observation:derived-from:status=final', 'derived-from:Observation.status=final']) {
      const theirs = await pair[0]!.byStranger(`Observation?${query}`);
      expect(theirs.body.entry.map(({ resource }: { resource: JsonObject }) => resource['id'])).toContain('own-1');
      expect((await pair[1]!.byStranger(`Observation?${query}`)).body.entry).toBeUndefined();
    }
  });

  it('is not seen through chains', async () => {
    const answers = await ask(
      ...hiddenIds.flatMap((id) => [
        `Observation?derived-from:Observation._id=${id}`,
        `Observation?derived-from._id=${id}`,
        `Observation?_id=own-1,own-2&derived-from:Observation._id=${id}`,
        `Observation?derived-from:Observation._id:not=${id}`,
      ]),
      'Observation?derived-from:Observation.status=final',
      'Observation?derived-from:Observation.status:missing=false',
      'Observation?derived-from:Observation.subject:Patient._id=p2',
      'Observation?derived-from:Observation.derived-from:Observation._id=own-1',
    );
    expect(answers.filter((answer) => answer.includes('"mode":"match"'))).toEqual([]);
  });

  it('is not seen through _has', async () => {
    const answers = await ask(
      'Observation?_has:Observation:derived-from:status=final',
      'Observation?_id=own-1&_has:Observation:derived-from:status=final',
      ...hiddenIds.map((id) => `Observation?_has:Observation:derived-from:_id=${id}`),
      'Patient?_has:Observation:focus:status=final',
      'Patient?_id=p1&_has:Observation:focus:status=final',
      'Patient?_has:Observation:subject:_has:Observation:derived-from:status=final',
      'Observation?subject:Patient._has:Observation:focus:status=final',
    );
    expect(answers.filter((answer) => answer.includes('"mode":"match"'))).toEqual([]);
  });

  it('is not seen through the brackets and chains of a filter, nor through a hidden List', async () => {
    const filtered = (filter: string) => `Observation?_filter=${encodeURIComponent(filter)}`;
    const answers = await ask(
      filtered('derived-from:Observation.status eq final'),
      filtered('derived-from:Observation[status eq final]._id ne nobody'),
      filtered('_has:Observation:derived-from:status eq final'),
      filtered('derived-from:Observation.subject:Patient[_id eq p2]._id eq p2'),
      ...hiddenIds.map((id) => filtered(`derived-from:Observation._id eq ${id} or _id eq ${id}`)),
      'Observation?_list=listing',
    );
    expect(answers.filter((answer) => answer.includes('"mode":"match"'))).toEqual([]);
    const [turned] = await ask(filtered('not (derived-from:Observation.status eq final)'));
    expect(turned).toContain('"id":"own-1"');
    const theirs = await pair[0]!.byStranger('Observation?_list=listing');
    expect(theirs.body.entry.map(({ resource }: { resource: JsonObject }) => resource['id'])).toEqual(['own-1']);
  });

  it('of a type out of reach is refused before it is looked at, wherever it stands in a filter', async () => {
    const token = worlds.a.token('user/Observation.rs');
    for (const filter of [
      'subject:Patient._id eq p1',
      'not (subject:Patient._id eq p1)',
      'status eq final or (_id eq x and not (subject:Patient[_id eq p1]._id eq p1))',
      '_list eq listing',
    ]) {
      const answer = await worlds.a.call('GET', `Observation?_filter=${encodeURIComponent(filter)}`, { token });
      expect([filter, answer.status]).toEqual([filter, 403]);
    }
  });

  it('is not included', async () => {
    const answers = await ask(
      'Observation?_include=Observation:derived-from',
      'Observation?_include=*&_count=1',
      'Observation?_revinclude=Observation:derived-from',
      'Observation?_revinclude=*',
      'Observation?_id=own-1&_include:iterate=*&_revinclude:iterate=Observation:derived-from',
      'Patient?_revinclude=Observation:focus',
      'Patient?_revinclude=Observation:subject&_include:iterate=Observation:derived-from',
      'Patient?_revinclude=Observation:subject&_revinclude:iterate=Observation:derived-from&_elements=id',
    );
    for (const id of hiddenIds) {
      expect(answers.filter((answer) => answer.includes(`/Observation/${id}","resource"`))).toEqual([]);
    }
    expect(answers.filter((answer) => answer.includes('"mode":"match"'))).toHaveLength(answers.length);
  });

  it('is not read with a page that leads there, whoever has asked for it before', async () => {
    const world = worlds.a;
    const visit = (id: string, subject: string): JsonObject => ({
      resourceType: 'Encounter',
      id,
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: subject },
    });
    const during = (id: string) => ({
      ...anObservation('Patient/p1'),
      id: `during-${id}`,
      encounter: { reference: `Encounter/${id}` },
    });
    const visible = [visit('own-visit', 'Patient/p1'), during('own-visit'), during('other-visit')];
    for (const [at, one] of [worlds.a, worlds.b].entries()) {
      const token = one.token('user/*.cruds');
      for (const body of [...visible, ...(at === 0 ? [visit('other-visit', 'Patient/p2')] : [])] as JsonObject[]) {
        const path = `${body['resourceType'] as string}/${body['id'] as string}`;
        expect((await one.call('PUT', path, { token, body })).status).toBe(201);
      }
    }
    const query = 'Observation?_id=during-own-visit,during-other-visit&_include=Observation:encounter';
    const idsIncluded = async (token: string) => {
      const { body, text } = await world.call('GET', query, { token });
      const entries = (body.entry ?? []) as { resource: JsonObject; search: { mode: string } }[];
      expect(
        entries.filter(({ search }) => search.mode === 'match'),
        text,
      ).toHaveLength(2);
      return entries.filter(({ search }) => search.mode === 'include').map(({ resource }) => resource['id']);
    };
    const all = world.token('user/*.rs');
    expect(await idsIncluded(all)).toEqual(['other-visit', 'own-visit']);
    const atOnce = await readsOf(async () => expect(await idsIncluded(all)).toEqual(['other-visit', 'own-visit']));
    expect(atOnce).toHaveLength(1);
    const own = world.token('patient/*.rs', { patient: 'p1' });
    const ofOwn = await readsOf(async () => expect(await idsIncluded(own)).toEqual(['own-visit']));
    expect(ofOwn).toHaveLength(1);
    expect(await idsIncluded(world.token('user/Observation.rs'))).toEqual([]);
    expect(await idsIncluded(world.token('user/Observation.rs user/Encounter.rs?_id=own-visit'))).toEqual([
      'own-visit',
    ]);
  });

  it('nor does it come with what it refers to, whoever has asked for it before', async () => {
    const visit = { resourceType: 'Encounter', id: 'seen', status: 'finished', class: { code: 'AMB' } };
    const during = (id: string, subject: string): JsonObject => ({
      ...anObservation(subject),
      id,
      encounter: { reference: 'Encounter/seen' },
    });
    const visible = [{ ...visit, subject: { reference: 'Patient/p1' } }, during('of-own', 'Patient/p1')];
    for (const [at, one] of [worlds.a, worlds.b].entries()) {
      const token = one.token('user/*.cruds');
      for (const body of [...visible, ...(at === 0 ? [during('of-other', 'Patient/p2')] : [])] as JsonObject[]) {
        const path = `${body['resourceType'] as string}/${body['id'] as string}`;
        expect((await one.call('PUT', path, { token, body })).status).toBe(201);
      }
    }
    const idsOf = async (token: string) => {
      let ids: unknown[] = [];
      const sent = await readsOf(async () => {
        const { body } = await worlds.a.call('GET', 'Encounter?_id=seen&_revinclude=Observation:encounter', { token });
        const entries = body.entry as { resource: JsonObject; search: { mode: string } }[];
        ids = entries.filter(({ search }) => search.mode === 'include').map(({ resource }) => resource['id']);
      });
      return [ids, sent.length];
    };
    expect(await idsOf(worlds.a.token('user/*.rs'))).toEqual([['of-other', 'of-own'], 1]);
    expect(await idsOf(worlds.a.token('patient/*.rs', { patient: 'p1' }))).toEqual([['of-own'], 1]);
    expect(await idsOf(worlds.a.token('user/Encounter.rs'))).toEqual([[], 1]);
    expect(await idsOf(worlds.a.token('user/Encounter.rs user/Observation.rs?_id=of-own'))).toEqual([['of-own'], 1]);
  });

  it.each(['_id=walked', 'birthdate=1931-02'])(
    'nor does what refers to a patient of Patient?%s, in one record or in several',
    async (criteria) => {
      const survey = { category: [{ coding: [{ code: 'survey' }] }] };
      const about = (id: string, changes: JsonObject): JsonObject => ({
        ...anObservation('Patient/walked', changes),
        id: `walked-${id}`,
      });
      const ofSeveral = { performer: [{ reference: 'Patient/p2' }] };
      const visible = [
        { ...aPatient(), id: 'walked', birthDate: '1931-02-03' },
        about('one', {}),
        about('several', ofSeveral),
      ];
      const hidden = [about('hidden', survey), about('hidden-of-several', { ...survey, ...ofSeveral })];
      for (const [at, one] of [worlds.a, worlds.b].entries()) {
        const token = one.token('user/*.cruds');
        for (const body of [...visible, ...(at === 0 ? hidden : [])] as JsonObject[]) {
          const path = `${body['resourceType'] as string}/${body['id'] as string}`;
          expect([200, 201]).toContain((await one.call('PUT', path, { token, body })).status);
        }
      }
      const idsOf = async (token: string) => {
        const { body, text } = await worlds.a.call('GET', `Patient?${criteria}&_revinclude=Observation:patient`, {
          token,
        });
        const entries = (body.entry ?? []) as { resource: { id: string } }[];
        expect(entries.length, text).toBeGreaterThan(0);
        return entries.map(({ resource }) => resource.id).filter((id) => id.startsWith('walked-'));
      };
      const all = ['walked-hidden', 'walked-hidden-of-several', 'walked-one', 'walked-several'];
      expect(await idsOf(worlds.a.token('user/*.rs'))).toEqual(all);
      const limited = worlds.a.token('user/Patient.rs user/Observation.rs?category=laboratory');
      for (let n = 0; n < 2; n++) expect(await idsOf(limited)).toEqual(['walked-one', 'walked-several']);
    },
  );

  it('is not walked along patient by patient', async () => {
    const world = worlds.a;
    const writer = world.token('user/*.cruds');
    const communication = [{ language: { coding: [{ code: 'hush' }] } }];
    const hushed = { ...aPatient(), name: [{ family: 'Hushed' }], communication };
    const ofHushed = (id: string, status: string) => ({ ...anObservation('Patient/hushed'), id, status });
    for (const body of [
      { ...hushed, id: 'hushed', active: false },
      { ...hushed, id: 'told', active: true },
      ofHushed('draft-of-hushed', 'preliminary'),
      ofHushed('of-hushed', 'final'),
      { ...ofHushed('of-told', 'final'), subject: { reference: 'Patient/told' } },
      { ...ofHushed('of-both', 'final'), performer: [{ reference: 'Patient/told' }] },
      { ...ofHushed('draft-of-told', 'preliminary'), subject: { reference: 'Patient/told' } },
    ] as JsonObject[]) {
      const path = `${body['resourceType'] as string}/${body['id'] as string}`;
      expect((await world.call('PUT', path, { token: writer, body })).status).toBe(201);
    }
    const ids = async (scope: string, query: string) => {
      const { body } = await world.call('GET', `Observation?${query}`, { token: world.token(scope) });
      return (body.entry ?? []).map(({ resource }: { resource: JsonObject }) => resource['id']);
    };
    const chain = 'patient.family=Hushed';
    expect(await ids('user/*.rs', chain)).toEqual([
      'draft-of-hushed',
      'of-hushed',
      'draft-of-told',
      'of-told',
      'of-both',
    ]);
    expect(await ids('user/Observation.rs user/Patient.rs?active=true', chain)).toEqual(['draft-of-told', 'of-told']);
    // Pages that the first patients fill (docs/adr/0186).
    const first = 'patient.language=hush&_count=1';
    expect(await ids('user/*.rs', first)).toEqual(['draft-of-hushed']);
    expect(await ids('user/Observation.rs user/Patient.rs?active=true', first)).toEqual(['draft-of-told']);
    expect(await ids('user/Observation.rs?status=final user/Patient.rs', first)).toEqual(['of-hushed']);
    // And those that the first rows in another order fill: of the last ones written, the first that both scopes reach.
    const newest = 'patient.language=hush&_sort=-_lastUpdated&_count=1';
    expect(await ids('user/*.rs', newest)).toEqual(['draft-of-told']);
    expect(await ids('user/Observation.rs user/Patient.rs?active=false', newest)).toEqual(['of-both']);
    expect(await ids('user/Observation.rs?status=final user/Patient.rs', newest)).toEqual(['of-both']);
    const byPerformer = 'performer:Patient.family=Hushed';
    expect(await ids('user/Observation.rs user/Patient.rs?active=true', byPerformer)).toEqual(['of-both']);
    expect(await ids('user/Observation.rs?status=final user/Patient.rs', chain)).toEqual([
      'of-hushed',
      'of-told',
      'of-both',
    ]);
  });

  it('is not walked through by hierarchies', async () => {
    const part = (id: string, subject: string, of: string): JsonObject => ({
      resourceType: 'Encounter',
      id,
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: subject },
      partOf: { reference: `Encounter/${of}` },
    });
    const all = [part('inner', 'Patient/p1', 'between'), part('whole', 'Patient/p1', 'nothing')];
    for (const [world, at] of [worlds.a, worlds.b].map((one, i) => [one, i] as const)) {
      const token = world.token('user/*.cruds');
      for (const body of [...all, ...(at === 0 ? [part('between', 'Patient/p2', 'whole')] : [])]) {
        expect((await world.call('PUT', `Encounter/${body['id'] as string}`, { token, body })).status).toBe(201);
      }
    }
    const found = await worlds.a.call('GET', 'Encounter?part-of:below=whole', { token: worlds.a.token('user/*.rs') });
    expect(found.body.entry).toHaveLength(2);
    const answers = await ask(
      'Encounter?part-of:below=whole',
      'Encounter?part-of:above=between',
      'Encounter?_id=inner&part-of:below=whole',
      'Encounter?_id=whole&part-of:above=inner&_total=accurate',
    );
    expect(answers.filter((answer) => /"id":"(?:between|whole)"/.test(answer))).toEqual([]);
    expect(answers[0]).not.toContain('"mode":"match"');
  });

  it('does not keep the caller from what is theirs', async () => {
    const [chain, has, include, reverse] = await ask(
      'Observation?subject:Patient._id=p1',
      'Patient?_has:Observation:subject:_id=own-1',
      'Observation?_id=own-1&_include=Observation:subject',
      'Patient?_revinclude=Observation:subject',
    );
    expect(chain).toContain('"id":"own-3"');
    expect(has).toContain('"id":"p1"');
    expect(include).toMatch(/"id":"p1".*"mode":"include"/);
    expect(reverse).toMatch(/"id":"own-3".*"mode":"include"/);
  });
});

describe('what refers to patients whom the caller sees, and is hidden itself,', () => {
  const isOf = (patient: string, code: string): JsonObject => ({
    ...anObservation(`Patient/${patient}`),
    category: [{ coding: [{ code }] }],
  });
  const limited: Limit = {
    name: 'links to what is not hidden',
    scope: 'system/Patient.rs system/Observation.rs?category=lab',
    claims: { sub: 'app', client_id: 'app' },
    type: 'Observation',
    may: 'rs',
    around: ['p1', 'p2', 'p3'].map((id) => ({ ...aPatient(), id })),
    own: (id) => [{ ...isOf('p1', 'lab'), id }],
    hidden: {
      foreign: (id) => [{ ...isOf('p2', 'imaging'), id }],
      tenant: (id) => [{ ...isOf('p3', 'lab'), id }],
    },
    moves: false,
    sql: `UPDATE resource SET tenant = 2 WHERE id LIKE 'tenant-%'; UPDATE resource_history SET tenant = 2 WHERE id LIKE 'tenant-%'`,
  };
  let both: Worlds;
  beforeAll(async () => {
    both = await Worlds.start();
    await both.load(limited);
  });
  afterAll(() => both.close());

  it('fills no page along patients', async () => {
    const sessions = [new Session(both.a, limited), new Session(both.b, limited)];
    const answers = await record(async (session) => {
      for (const link of ['patient', 'subject'])
        for (const count of [1, 2]) await session.get(`Patient?_has:Observation:${link}:status=final&_count=${count}`);
    }, sessions);
    expect(answers).toHaveLength(4);
    for (const answer of answers) {
      expect(answer).toContain('"id":"p1"');
      expect(answer).not.toMatch(/"id":"p[23]"|"relation":"next"/);
    }
  });
});
