// An export that is alone puts two chunks together at once, and one while somebody asks (docs/adr/0165)
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CallerShares } from '../../src/database/caller-shares.js';
import { ExportRows } from '../../src/fhir/storage/exporting/export-rows.js';
import { endOfJob } from '../support/bulk-data.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
const token = () => server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });

/** Chunks that were put together, and the most of them at once; `meanwhile` runs with each. */
async function exported(
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly chunks: number; readonly most: number }> {
  const rows = server.app.get(ExportRows, { strict: false });
  const keep = rows.keepLines.bind(rows);
  let [chunks, now, most] = [0, 0, 0];
  vi.spyOn(rows, 'keepLines').mockImplementation(async (job, chunk, part) => {
    chunks++;
    most = Math.max(most, ++now);
    try {
      await meanwhile();
      return await keep(job, chunk, part);
    } finally {
      now--;
    }
  });
  const headers = { prefer: 'respond-async' };
  const begun = await server.call('GET', '$export?_type=Basic', { token: token(), headers });
  expect(begun.status, begun.text).toBe(202);
  const { status, text } = await endOfJob(server, token(), begun);
  expect(status, text).toBe(200);
  return { chunks, most };
}

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  for (let n = 0; n < 12; n++) {
    const body = { resourceType: 'Basic', id: `b${n}`, code: { text: 'x'.repeat(1_000_000) } };
    await server.call('PUT', `Basic/b${n}`, { token: token(), body });
  }
});
afterAll(() => server.close());
afterEach(() => vi.restoreAllMocks());

const read = () => server.call('GET', 'Basic?_summary=count', { token: token() });

describe('an export', () => {
  it('puts two chunks together at once where nobody asks', async () => {
    expect(await exported(() => Promise.resolve())).toEqual({ chunks: 6, most: 2 });
  });

  it('puts one together where a request came since the one before', async () => {
    expect(await exported(read)).toEqual({ chunks: 6, most: 1 });
  });

  it('is counted as no request itself', async () => {
    const shares = server.app.get(CallerShares, { strict: false });
    const asked: number[] = [];
    await exported(() => Promise.resolve(asked.push(shares.asked)));
    expect(new Set(asked).size).toBe(1);
  });
});
