// docs/operations.md, "Erasing a person's data": the statements that administrators copy from there
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startServer();
  client = new pg.Client(server.database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.close();
});

const send = async (method: string, path: string, body?: object): Promise<number> => {
  const token = server.token('user/*.cruds');
  return (await server.call(method, path, { token, ...(body && { body }) })).status;
};

const statements = async (): Promise<string> => {
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  return /```sql\n(BEGIN;[^`]*COMMIT;)\n/.exec(text)![1]!;
};

const rowsOf = async (where: string): Promise<readonly { type: string; id: string }[]> => {
  const tables = ['resource', 'resource_history'].map((table) => `SELECT type, id FROM ${table} WHERE ${where}`);
  return (await client.query<{ type: string; id: string }>(`${tables.join(' UNION ')} ORDER BY 1, 2`)).rows;
};

describe('erasing a patient', () => {
  it('leaves nothing of the record, everything of others, and the whole audit', async () => {
    for (const patient of ['p1', 'p2']) {
      const subject = { reference: `Patient/${patient}` };
      const note = { resourceType: 'Binary', id: `note-${patient}`, contentType: 'text/plain', data: 'bm90ZQ==' };
      const observation = {
        resourceType: 'Observation',
        id: `o-${patient}`,
        status: 'final',
        code: { text: 'x' },
        subject,
      };
      expect(await send('PUT', `Patient/${patient}`, { resourceType: 'Patient', id: patient })).toBe(201);
      expect(await send('PUT', `Observation/o-${patient}`, observation)).toBe(201);
      expect(await send('PUT', `Observation/o-${patient}`, { ...observation, status: 'amended' })).toBe(200);
      expect(await send('PUT', `Binary/note-${patient}`, { ...note, securityContext: subject })).toBe(201);
      const document = { resourceType: 'DocumentReference', id: `d-${patient}`, status: 'current', subject };
      const content = [{ attachment: { url: `Binary/scan-${patient}` } }];
      expect(await send('PUT', `Binary/scan-${patient}`, { ...note, id: `scan-${patient}` })).toBe(201);
      expect(await send('PUT', `DocumentReference/d-${patient}`, { ...document, content })).toBe(201);
      const provenance = {
        resourceType: 'Provenance',
        id: `made-${patient}`,
        target: [{ reference: `DocumentReference/d-${patient}` }],
        recorded: '2024-05-01T10:00:00Z',
        agent: [{ who: { display: 'somebody' } }],
      };
      expect(await send('PUT', `Provenance/made-${patient}`, provenance)).toBe(201);
      expect(await send('DELETE', `Observation/o-${patient}`)).toBe(204);
    }
    await server.app.get(AuditSealer).catchUp();
    const audit = await rowsOf(`type = 'AuditEvent'`);
    const others = await rowsOf(`type <> 'AuditEvent' AND id LIKE '%p2'`);
    expect([audit.length > 8, others.length]).toEqual([true, 6]);
    await client.query(await statements());
    expect(await rowsOf(`type <> 'AuditEvent'`)).toEqual(others);
    expect(await rowsOf(`type = 'AuditEvent'`)).toEqual(audit);
    expect(await send('GET', 'Observation/o-p1')).toBe(404);
    expect(await send('GET', 'Observation/o-p2')).toBe(410);
  });
});
