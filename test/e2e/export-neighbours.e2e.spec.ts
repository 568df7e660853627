// A chunk of an export is read by its range where it has all of it, and is what was planned whatever lies between (docs/adr/0153)
import { afterAll, afterEach, beforeEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { endOfJob, placeOf } from '../support/bulk-data.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';
import { collectStatements } from '../support/statements.js';

let server: TestServer;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
const observation = (id: string, of: 'p1' | 'p2', more: JsonObject = {}) => ({
  ...anObservation(`Patient/${of}`),
  id,
  ...more,
});

async function put(...resources: readonly (JsonObject & { readonly id: string })[]): Promise<void> {
  const body = aBundle('transaction', ...resources.map(putting));
  const { status, text } = await server.call('POST', '', { token: token(), body });
  expect(status, text).toBe(200);
}

/** Lines of the files, as id and version; and the statements that kept them. */
async function exported(query: string): Promise<{ readonly found: readonly string[]; readonly keeping: number }> {
  const collected = collectStatements();
  try {
    const headers = { prefer: 'respond-async' };
    const begun = await server.call('GET', `$export?${query}`, { token: token(), headers });
    expect(begun.status, begun.text).toBe(202);
    const answer = await endOfJob(server, token(), begun);
    expect(answer.status, answer.text).toBe(200);
    const files = answer.body.output as readonly { readonly url: string }[];
    const texts = await Promise.all(
      files.map(async ({ url }) => (await server.call('GET', placeOf(url), { token: token() })).text),
    );
    const lines = texts.flatMap((text) => text.trimEnd().split('\n'));
    const found = lines.map((line) => {
      const { id, meta } = JSON.parse(line) as { id: string; meta: { versionId: string } };
      return `${id} ${meta.versionId}`;
    });
    const keeping = collected.statements.filter(({ text }) => text.includes('INSERT INTO binary_content')).length;
    return { found: found.toSorted(), keeping };
  } finally {
    collected.stop();
  }
}

/** Runs once, after the plan and before the first chunk is read. */
function afterPlan(change: () => Promise<unknown>): void {
  const rows = server.app.get(ExportRows, { strict: false });
  const keep = rows.keepLines.bind(rows);
  let changing: Promise<unknown> | undefined;
  vi.spyOn(rows, 'keepLines').mockImplementation(async (job, chunk, part) => {
    await (changing ??= change());
    return keep(job, chunk, part);
  });
}

beforeAll(async () => void (server = await startServer({ LOG_LEVEL: 'silent' })));
afterAll(() => server.close());
beforeEach(async () => {
  await server.call('DELETE', 'Observation/n2a', { token: token() });
  await put({ ...aPatient(), id: 'p1' }, { ...aPatient(), id: 'p2' });
  await put(observation('n1', 'p1'), observation('n2', 'p2'), observation('n3', 'p1'));
});
afterEach(() => vi.restoreAllMocks());

const versionless = (found: readonly string[]) => found.map((one) => one.split(' ')[0]);

describe('a chunk that has all between its first id and its last one', () => {
  it('is kept by one statement', async () => {
    const { found, keeping } = await exported('_type=Observation');
    expect(versionless(found)).toEqual(['n1', 'n2', 'n3']);
    expect(keeping).toBe(1);
  });
});

describe('a chunk of some of its range', () => {
  it('has these and none of their neighbours, in two statements', async () => {
    const { found, keeping } = await exported('_type=Observation&_typeFilter=Observation%3Fpatient%3DPatient%2Fp1');
    expect(versionless(found)).toEqual(['n1', 'n3']);
    expect(keeping).toBe(2);
  });

  it.each([
    ['one came between', () => put(observation('n2a', 'p2'))],
    ['one was changed', () => put(observation('n2', 'p2', { status: 'amended' }))],
    ['the first was changed', () => put(observation('n1', 'p1', { status: 'amended' }))],
    ['one was deleted', () => server.call('DELETE', 'Observation/n2', { token: token() })],
    ['the last was deleted', () => server.call('DELETE', 'Observation/n3', { token: token() })],
  ])('is what was planned where %s after the plan', async (_, change) => {
    await put(...['n1', 'n2', 'n3'].map((id) => observation(id, id === 'n2' ? 'p2' : 'p1', { status: 'final' })));
    const { found: before } = await exported('_type=Observation');
    afterPlan(change);
    const { found, keeping } = await exported('_type=Observation');
    expect(found).toEqual(before);
    expect(keeping).toBe(2);
  });
});
