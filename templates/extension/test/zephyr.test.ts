import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  aPatient,
  expectNonInterference,
  expectRefusal,
  recordOf,
  resourcesOf,
  sampleRecords,
  startTestServer,
  type TestServer,
} from 'lanyard-fhir/testing';
import ZephyrModule from '../src/index.js';

let server: TestServer;
before(async () => {
  server = await startTestServer({ features: [ZephyrModule] });
  await server.store(...sampleRecords());
});
after(() => server.close());

test('the operation greets, and counts what the caller may find', async () => {
  const answer = await server.asPatient('ada', 'patient/*.rs').operation('Patient/ada/$zephyr-hello?word=Welcome');
  assert.deepEqual(answer.body.parameter, [
    { name: 'greeting', valueString: 'Welcome, ada' },
    { name: 'observations', valueInteger: 3 },
  ]);
});

test('the operation needs a scope that reads the patient', async () => {
  const answer = await server.asPatient('ada', 'patient/Observation.rs').operation('Patient/ada/$zephyr-hello');
  expectRefusal(answer, 'scope-insufficient');
});

test('the hook refuses a patient without a family name', async () => {
  const refused = await server.asService().create(aPatient({ name: [{ given: ['Ada'] }] }));
  assert.equal(refused.status, 422);
  assert.equal((await server.asService().create(aPatient())).status, 201);
});

async function encountersSeenIn(clinic: string): Promise<number> {
  const user = server.asUser({ scope: 'user/Encounter.rs', claims: { clinic } });
  return resourcesOf(await user.search('Encounter')).length;
}

test('the policy shows encounters of the own clinic', async () => {
  assert.deepEqual([await encountersSeenIn('harbour-clinic'), await encountersSeenIn('another')], [4, 0]);
});

test('the search parameter finds by the nickname', async () => {
  await server.store(aPatient({ id: 'addie', name: [{ family: 'Holm' }, { use: 'nickname', given: ['Addie'] }] }));
  const found = await server.asService().search('Patient', { 'zephyr-called': 'Addie' });
  assert.deepEqual(
    resourcesOf(found).map(({ id }) => id),
    ['addie'],
  );
});

test('nobody learns of rows out of reach', async () => {
  await expectNonInterference({
    features: [ZephyrModule],
    as: (one) => one.asPatient('ada', 'patient/*.rs'),
    visible: recordOf('ada'),
    hidden: recordOf('bo'),
    requests: (client) => client.search('Patient', { 'zephyr-called': 'Bo' }),
  });
});
