// 194 searches on 81 transactions of Synthea, whose totals were computed from the files without a server
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';

interface Question {
  readonly id: string;
  readonly query: string;
  readonly expectTotal: number;
}

interface Entry {
  readonly resource: unknown;
  readonly request: { readonly ifNoneExist?: string };
}

interface EntryAnswer {
  readonly response: { readonly status: string; readonly location?: string };
}

const folder = new URL('../../../shared/data/', import.meta.url);
const bundles = new URL('synthea/datapipes-hiv/', folder);
const oracle = new URL('oracle/datapipes-hiv.jsonl', folder);
const isThere = existsSync(oracle) && existsSync(bundles);

const questions = (): readonly Question[] =>
  readFileSync(oracle, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Question);

/** What patients refer to comes before them. */
const files = (): readonly string[] =>
  readdirSync(bundles)
    .filter((name) => name.endsWith('.json.gz'))
    .toSorted((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));

const rank = (name: string): number => ['hospital', 'practitioner'].findIndex((start) => name.startsWith(start)) >>> 0;

const conditionalReference = /"reference":\s*"[A-Z][A-Za-z]+\?/g;

/** What the transactions had in them, and what came of it. */
interface Loaded {
  readonly conditionalReferences: number;
  readonly conditionalCreates: number;
  readonly created: number;
  readonly matched: number;
}

async function load(server: TestServer, token: string): Promise<Loaded> {
  let [conditionalReferences, conditionalCreates, created, matched] = [0, 0, 0, 0];
  for (const file of files()) {
    const text = gunzipSync(readFileSync(new URL(file, bundles))).toString('utf8');
    const entries = (JSON.parse(text) as { entry: readonly Entry[] }).entry;
    const answer = await server.call('POST', '', { token, body: text });
    expect(answer.status, `${file}: ${answer.text.slice(0, 500)}`).toBe(200);
    const answers: readonly EntryAnswer[] = answer.body.entry;
    expect(answers).toHaveLength(entries.length);
    conditionalReferences += text.match(conditionalReference)?.length ?? 0;
    conditionalCreates += entries.filter(({ request }) => request.ifNoneExist !== undefined).length;
    created += answers.filter(({ response }) => response.status.startsWith('201')).length;
    matched += answers.filter(({ response }) => response.status.startsWith('200')).length;
  }
  return { conditionalReferences, conditionalCreates, created, matched };
}

// 46,497 resources are loaded first, which takes a minute.
describe.runIf(isThere && isFull)('the oracle of datapipes-hiv (with ../shared/data, by npm run test:full)', () => {
  let server: TestServer;
  let token: string;
  let loaded: Loaded;

  beforeAll(async () => {
    server = await startServer({ BUNDLE_LIMIT: '100000000', BUNDLE_ENTRIES: '20000' });
    // A machine: Consents among the data do not withhold anything from it.
    token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    loaded = await load(server, token);
  }, 1_800_000);
  afterAll(() => server?.close());

  it('resolves every conditional reference and every conditional create', async () => {
    expect(loaded).toEqual({
      conditionalReferences: 56_574,
      conditionalCreates: 3_573,
      created: 46_497,
      matched: 0,
    });
    const unresolved = `SELECT count(*)::int AS left FROM resource WHERE body ~ '"reference":\\s*"[A-Z][A-Za-z]+\\?'`;
    const client = new pg.Client(server.database.connection);
    await client.connect();
    const { rows } = await client.query(unresolved);
    await client.end();
    expect(rows).toEqual([{ left: 0 }]);
  });

  it('finds what is already there, when the hospitals come again', async () => {
    const [hospitals] = files();
    const text = gunzipSync(readFileSync(new URL(hospitals!, bundles))).toString('utf8');
    const answer = await server.call('POST', '', { token, body: text });
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    const statuses = new Set((answer.body.entry as EntryAnswer[]).map(({ response }) => response.status.slice(0, 3)));
    expect([...statuses]).toEqual(['200']);
  });

  it.each(isThere && isFull ? questions().map((one) => [one.query, one] as const) : [])('%s', async (_query, one) => {
    const query = `${one.query}${one.query.includes('_summary=count') ? '' : '&_total=accurate&_count=1'}`;
    const answer = await server.call('GET', query, { token });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.total, one.query).toBe(one.expectTotal);
  });
});
