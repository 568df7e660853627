// With REFERENTIAL_INTEGRITY=on, what a caller does not see stays unknown: as a target of references and as what refers
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';
import { validating } from './validate-path.js';

const vitalSigns = [
  { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
];

const aGroup = (changes: JsonObject): JsonObject => ({
  resourceType: 'Group',
  type: 'person',
  actual: true,
  ...changes,
});

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ REFERENTIAL_INTEGRITY: 'on' });
  await store(
    ...['p1', 'p2', 'p3'].map((id) => ({ ...aPatient(), id })),
    { ...anObservation('Patient/p1'), id: 'own' },
    { ...anObservation('Patient/p2'), id: 'of-p2' },
    { ...anObservation('Patient/p2'), id: 'gone' },
    { ...anObservation('Patient/p1', { category: vitalSigns }), id: 'vital' },
    aGroup({ id: 'g1' }),
  );
  await as('system/*.cruds').call('DELETE', 'Observation/gone');
});
afterAll(() => server.close());

function as(scope: string, claims: Readonly<Record<string, unknown>> = {}) {
  const machine = scope.startsWith('system/') ? { sub: 'machine', client_id: 'machine' } : {};
  const token = server.token(scope, { ...machine, ...claims });
  return {
    call: (method: string, path: string, body?: object) => server.call(method, path, { token, ...(body && { body }) }),
  };
}

async function store(...resources: readonly JsonObject[]): Promise<void> {
  const { status, text } = await as('system/*.cruds').call(
    'POST',
    '',
    aBundle('transaction', ...resources.map(putting)),
  );
  expect(status, text).toBe(200);
}

const pointing = (reference: string, changes: JsonObject = {}): JsonObject =>
  anObservation('Patient/p1', { id: 'own', focus: [{ reference }], ...changes });

// The last one to who patches without `r` (ADR 35).
const refused = /422.*(?:out of reach of|cannot be referred to|Why is told to who may read it)/s;

type Caller = ReturnType<typeof as>;
const ways: Readonly<Record<string, (caller: Caller, reference: string) => ReturnType<Caller['call']>>> = {
  create: (caller, reference) => caller.call('POST', 'Observation', pointing(reference)),
  update: (caller, reference) => caller.call('PUT', 'Observation/own', pointing(reference)),
  'an extension': (caller, reference) => {
    const extension = [{ url: 'http://example.org/x', valueReference: { reference } }];
    return caller.call('POST', 'Observation', anObservation('Patient/p1', { extension }));
  },
  'a patch': async (caller, reference) => {
    await store(anObservation('Patient/p1', { id: 'own' }));
    const part = [
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: 'Observation' },
      { name: 'name', valueString: 'focus' },
      { name: 'value', valueReference: { reference } },
    ];
    const parameter = [{ name: 'operation', part }];
    return caller.call('PATCH', 'Observation/own', { resourceType: 'Parameters', parameter });
  },
  'a batch': (caller, reference) => caller.call('POST', '', aBundle('batch', putting(pointing(reference)))),
  'a transaction': (caller, reference) => caller.call('POST', '', aBundle('transaction', putting(pointing(reference)))),
};

const trials: Readonly<Record<string, (typeof ways)[string]>> = {
  create: (caller, reference) =>
    caller.call('POST', 'Observation/$validate', validating('create', pointing(reference))),
  update: (caller, reference) =>
    caller.call('POST', 'Observation/own/$validate', validating('update', pointing(reference))),
};

const limits = [
  {
    name: 'the record of a patient',
    caller: () => as('patient/*.cruds', { patient: 'p1' }),
    own: 'Observation/vital',
    hidden: ['Observation/of-p2', 'Observation/of-p2/_history/1', 'Observation/gone', 'Patient/p2', 'Group/g1'],
  },
  {
    name: 'a granular scope',
    caller: () => as('user/Observation.cruds?category=laboratory user/Patient.r'),
    own: 'Observation/of-p2',
    hidden: ['Observation/vital', 'Observation/gone'],
  },
  {
    name: 'a scope without r',
    caller: () => as('user/Observation.cuds user/Patient.r'),
    own: 'Patient/p2',
    hidden: ['Observation/vital', 'Observation/gone', 'Group/g1'],
  },
];

describe.each(limits)('$name', ({ caller, own, hidden }) => {
  it.each(Object.entries(ways))('does not show what exists to who refers to it by %s', async (_way, write) => {
    const ask = async (reference: string) => {
      const { status, text } = await write(caller(), reference);
      return `${status} ${text}`.replaceAll(reference, 'IT').replaceAll(server.issuer.url, 'ISSUER');
    };
    for (const reference of hidden) {
      const answer = await ask(reference);
      expect(answer).toBe(await ask(reference.replace(/\/[^/]+/, '/nobody-knows')));
      expect(answer).toMatch(refused);
    }
    expect(await ask(own)).not.toMatch(refused);
  });

  it.each(Object.entries(trials))('tells by $validate what the %s itself is told', async (way, trial) => {
    const diagnosticsOf = ({ body }: Awaited<ReturnType<typeof trial>>): readonly string[] =>
      body.issue.map(({ diagnostics }: { diagnostics: string }) => diagnostics);
    for (const reference of hidden)
      expect(diagnosticsOf(await trial(caller(), reference))).toEqual(
        diagnosticsOf(await ways[way]!(caller(), reference)),
      );
    expect((await trial(caller(), own)).text).not.toMatch(/out of reach of|cannot be referred to/);
  });
});

describe('a delete that something hidden stands against', () => {
  it('is answered alike however much refers to it', async () => {
    const caller = as('patient/*.cruds', { patient: 'p3' });
    const answers: string[] = [];
    for (const count of [1, 3]) {
      await store({ ...anObservation('Patient/p3'), id: 'held' });
      const referrers = Array.from({ length: count }, (_, i) => `secret-${i}`);
      const valueReference = { reference: 'Observation/held' };
      const extension = [{ url: 'http://example.org/x', valueReference }];
      await store(...referrers.map((id) => aGroup({ id, extension })));
      const { status, text } = await caller.call('DELETE', 'Observation/held');
      expect(status).toBe(409);
      answers.push(text);
      await store(...referrers.map((id) => aGroup({ id })));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).not.toMatch(/secret|Group/);
    expect((await caller.call('DELETE', 'Observation/held')).status).toBe(204);
  });

  it('is told before by $validate, which deletes nothing', async () => {
    const caller = as('patient/*.cruds', { patient: 'p3' });
    await store({ ...anObservation('Patient/p3'), id: 'kept' });
    const trial = () => caller.call('GET', 'Observation/kept/$validate?mode=delete');
    expect((await trial()).text).toMatch(/Nothing is wrong/);
    await store(
      aGroup({
        id: 'keeper',
        extension: [{ url: 'http://example.org/x', valueReference: { reference: 'Observation/kept' } }],
      }),
    );
    const [tried, done] = [await trial(), await caller.call('DELETE', 'Observation/kept')];
    expect([tried.status, done.status]).toEqual([200, 409]);
    expect(tried.body.issue).toEqual(done.body.issue);
  });

  it('of what is hidden itself is answered as if it was not there', async () => {
    const caller = as('patient/*.cruds', { patient: 'p3' });
    await store({ ...anObservation('Patient/p2', { focus: [{ reference: 'Observation/of-p2' }] }), id: 'holder' });
    const hidden = await caller.call('DELETE', 'Observation/of-p2');
    const absent = await caller.call('DELETE', 'Observation/nobody-knows');
    expect([hidden.status, hidden.text.replaceAll('of-p2', 'nobody-knows')]).toEqual([absent.status, absent.text]);
  });
});
