import { expect } from 'vitest';
import { endOfJob } from './bulk-data.js';
import { adminPassword, base, type TestServer } from './server.js';

/** One request of each kind that reaches the database. */
export async function useEverything(server: TestServer): Promise<void> {
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const login = await server.call('POST', 'login', { headers: { authorization } });
  const token = login.body.access_token as string;
  const json = { 'content-type': 'application/json' };
  const call = async (method: string, path: string, body?: object): Promise<number> =>
    (await server.call(method, path, { token, ...(body && { body }) })).status;
  const patient = { resourceType: 'Patient', id: 'p1', identifier: [{ value: '1' }], name: [{ family: 'Doe' }] };
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  };
  expect(await call('PUT', 'Patient/p1', patient)).toBe(201);
  expect(await call('PUT', 'Patient/p1', { ...patient, gender: 'male' })).toBe(200);
  expect(await call('POST', 'Observation', observation)).toBe(201);
  for (const path of [
    'Patient/p1',
    'Patient/p1/_history',
    'Patient/p1/_history/1',
    'Patient/_history',
    '_history',
    'Patient?family=doe&_sort=-_lastUpdated&_total=accurate',
    'Patient?family:contains=oe&_has:Observation:patient:status=final&_revinclude=Observation:patient',
    'Observation?patient.family=doe&_include=Observation:patient',
    'Observation?patient.gender=female',
    'Observation?date=ge2020&date=lt2030&_sort=-date',
    'Patient/p1/Observation',
    'Patient?_text=doe',
    '?_type=Patient,Observation',
    'Patient?_id=p1&_summary=count',
  ])
    expect(await call('GET', path), path).toBe(200);
  const entry = [
    { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=2' } },
  ];
  expect(await call('POST', '', { resourceType: 'Bundle', type: 'transaction', entry })).toBe(200);
  expect(await call('DELETE', 'Observation?status=final')).toBe(204);
  await keepClosure(call);
  await exportAll(server);
  expect(await call('POST', 'Patient/p1/$purge', { resourceType: 'Parameters' })).toBe(200);
  await server.call('POST', 'refresh', { body: { refresh_token: login.body.refresh_token }, headers: json });
  await server.call('POST', 'logout', { body: { refresh_token: login.body.refresh_token }, headers: json });
  await server.call('GET', '/oauth2/authorize?client_id=nobody&response_type=code');
}

async function keepClosure(call: (method: string, path: string, body?: object) => Promise<number>): Promise<void> {
  const system = 'http://closure.example/animals';
  const concept = [{ code: 'animal', concept: [{ code: 'dog' }] }];
  const codes = {
    resourceType: 'CodeSystem',
    id: 'animals',
    url: system,
    status: 'active',
    content: 'complete',
    concept,
  };
  expect(await call('PUT', 'CodeSystem/animals', codes)).toBe(201);
  const name = { name: 'name', valueString: 'table' };
  const codings = ['animal', 'dog'].map((code) => ({ name: 'concept', valueCoding: { system, code } }));
  for (const parameter of [[name], [name, ...codings], [name, { name: 'version', valueString: '0' }]])
    expect(await call('POST', '$closure', { resourceType: 'Parameters', parameter })).toBe(200);
}

async function exportAll(server: TestServer): Promise<void> {
  const token = server.token('system/*.rs', { sub: 'exporter', client_id: 'exporter' });
  const path = 'Patient/$export?_typeFilter=Patient%3F_id%3Dp1&_since=2020-01-01T00:00:00Z';
  const begun = await server.call('GET', path, { token, headers: { prefer: 'respond-async' } });
  const place = begun.headers['content-location']!.slice(base.length + 1);
  const { status, body, text } = await endOfJob(server, token, begun);
  expect(status, text).toBe(200);
  expect((await server.call('GET', body.output[0].url.slice(base.length + 1), { token })).status).toBe(200);
  expect((await server.call('DELETE', place, { token })).status).toBe(202);
}
