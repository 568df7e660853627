// Search cases transcribed from microsoft/fhir-server, those whose expectation the text of R4 supports
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

interface Case {
  readonly id: string;
  readonly fixture: string;
  readonly query: string;
  readonly expectIndices: readonly number[] | null;
  readonly expectStatus: number;
  readonly agreesWithR4Text?: boolean;
}

const folder = new URL('../../../shared/data/cases/', import.meta.url);
const isThere = existsSync(new URL('dev/search-microsoft.jsonl', folder));
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

/** Rows without a judgement by R4's text where we answer otherwise, and why. */
const decidedOtherwise: ReadonlySet<string> = new Set([
  // Codes are compared with their case: a granular scope must not open more than it says.
  'token/025',
  'token/026',
  // More digits than microseconds are a valid dateTime of R4.
  'date/117',
  // `organization/123` cannot be a reference: 400 with the reason instead of an empty answer.
  'reference/003',
]);

const cases = (): readonly Case[] =>
  read('dev/search-microsoft.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)
    .filter((one) => one.agreesWithR4Text !== false && !decidedOtherwise.has(one.id));

describe.skipIf(!isThere)('search cases of microsoft/fhir-server (skipped: ../shared/data is not there)', () => {
  let server: TestServer;
  let token: string;
  const ids = new Map<string, readonly string[]>();

  beforeAll(async () => {
    server = await startServer({ VALIDATION: 'structure' });
    // A machine: Consents among the data do not withhold anything from it.
    token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    const { fixtures } = JSON.parse(read('search-microsoft-fixtures.json')) as {
      fixtures: Record<string, readonly { resourceType: string }[]>;
    };
    for (const [name, resources] of Object.entries(fixtures)) {
      const created: string[] = [];
      for (const resource of resources) {
        const body = JSON.parse(JSON.stringify(resource).replaceAll('{tag}', name).replaceAll('{tz}', 'Z'));
        const answer = await server.call('POST', resource.resourceType, { token, body });
        if (answer.status !== 201) throw new Error(answer.text);
        created.push(answer.body.id);
      }
      ids.set(name, created);
    }
  });
  afterAll(() => server?.close());

  it.each(isThere ? cases().map((one) => [one.id, one] as const) : [])('%s', async (_id, one) => {
    const answer = await server.call('GET', one.query.replaceAll('{tag}', one.fixture), { token });
    expect(answer.status, answer.text).toBe(one.expectStatus);
    if (!one.expectIndices) return;
    const known = ids.get(one.fixture)!;
    const found = (answer.body.entry ?? []).map(({ resource }: { resource: { id: string } }) =>
      known.indexOf(resource.id),
    );
    expect(
      found.toSorted((a: number, b: number) => a - b),
      one.query,
    ).toEqual(one.expectIndices);
  });
});
