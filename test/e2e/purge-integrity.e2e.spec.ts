// REFERENTIAL_INTEGRITY: erasing and merging hold to it (docs/adr/0088, docs/adr/0089)
import { expect, it } from 'vitest';
import { anObservation, aPatient } from '../support/resources.js';
import { startServer } from '../support/server.js';

it('refuses an erasure while others refer to the record, and lets a source be deleted', async () => {
  const server = await startServer({ LOG_LEVEL: 'silent', REFERENTIAL_INTEGRITY: 'on' });
  await server.store(
    { ...aPatient(), id: 'a' },
    { ...anObservation('Patient/a'), id: 'o' },
    { ...aPatient({ link: [{ other: { reference: 'Patient/a' }, type: 'seealso' }] }), id: 'b' },
  );
  const token = server.token('user/*.cruds admin/Data.d');
  const purge = () => server.call('POST', 'Patient/a/$purge', { token, body: { resourceType: 'Parameters' } });
  const first = await purge();
  expect([first.status, (await server.call('GET', 'Observation/o', { token })).status]).toEqual([409, 200]);
  expect((await server.call('PUT', 'Patient/b', { token, body: { ...aPatient(), id: 'b' } })).status).toBe(200);
  const second = await purge();
  expect([second.status, second.text]).toEqual([200, expect.any(String)]);
  expect((await server.call('GET', 'Observation/o', { token })).status).toBe(404);
  await server.store(
    { ...aPatient(), id: 's' },
    { ...aPatient(), id: 't' },
    { ...anObservation('Patient/s'), id: 'm' },
  );
  const parameter = [
    { name: 'source-patient', valueReference: { reference: 'Patient/s' } },
    { name: 'target-patient', valueReference: { reference: 'Patient/t' } },
    { name: 'delete-source', valueBoolean: true },
  ];
  const merged = await server.call('POST', 'Patient/$merge', {
    token,
    body: { resourceType: 'Parameters', parameter },
  });
  expect(merged.status, merged.text).toBe(200);
  await server.close();
});
