// Issue 7: the connection cut between COMMIT and its answer, on either side of the server
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../support/postgres.js';
import { aBundle, aPatient } from '../support/resources.js';
import { ServerProcess } from '../support/server-process.js';
import { callAs } from '../support/call-as.js';
import { CutLine } from './cut-line.js';
import { report } from './report.js';

const rounds = 20;

let database: FreshDatabase;
let server: ServerProcess;
let toClient: CutLine;
let toDatabase: CutLine;
let access: string;
beforeAll(async () => {
  database = await freshDatabase();
  const { host = '', user = '', database: name = '' } = database.connection;
  toDatabase = await CutLine.to({ path: `${host}/.s.PGSQL.5432` });
  server = await ServerProcess.start({ url: `postgres://${user}@127.0.0.1:${toDatabase.port}/${name}` });
  toClient = await CutLine.to({ host: '127.0.0.1', port: Number(new URL(server.base).port) });
  ({ access } = await server.logIn());
});
afterAll(async () => {
  await server.kill();
  toClient.close();
  toDatabase.close();
  await database.drop();
});

const named = (family: string) => aPatient({ name: [{ family }] });
const countOf = async (family: string): Promise<number> => {
  const { status, body } = await callAs(server.base, access)('GET', `Patient?family:exact=${family}`);
  expect(status).toBe(200);
  return (body.entry ?? []).length;
};

describe.each(['create', 'transaction'] as const)('a %s with an Idempotency-Key', (kind) => {
  const send = (base: string, family: string) => {
    const call = callAs(base, access);
    const key = { 'idempotency-key': family };
    if (kind === 'create') return call('POST', 'Patient', named(family), key);
    const entry = { request: { method: 'POST', url: 'Patient' }, resource: named(family) };
    return call('POST', '', aBundle('transaction', entry, entry), key);
  };
  const made = kind === 'create' ? 1 : 2;

  it('whose answer is lost on the way to the client makes its resources once', async () => {
    const base = `http://127.0.0.1:${toClient.port}/fhir/r4`;
    for (let i = 0; i < rounds; i++) {
      const family = `client-${kind}-${i}`;
      toClient.cutAt('answer');
      await expect(send(base, family)).rejects.toThrow('fetch failed');
      toClient.mend();
      const again = await send(base, family);
      expect(again.status).toBeLessThan(300);
      expect(await countOf(family)).toBe(made);
    }
    report(`${rounds} answers to a ${kind} lost on the way to the client`, 'each retried, each carried out once');
  });

  it('whose COMMIT is not answered by PostgreSQL makes its resources once', async () => {
    let lost = 0;
    for (let i = 0; i < rounds; i++) {
      const family = `commit-${kind}-${i}`;
      toDatabase.cutAt('COMMIT');
      const first = await send(server.base, family);
      toDatabase.mend();
      if (first.status === 503) lost++;
      const again = first.status === 503 ? await send(server.base, family) : first;
      expect(again.status).toBeLessThan(300);
      expect(await countOf(family)).toBe(made);
    }
    expect(lost).toBeGreaterThan(0);
    report(`${lost} COMMITs of a ${kind} without an answer`, 'each retried, each carried out once');
  });
});
