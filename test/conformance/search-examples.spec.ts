// Every example of the specification is found by every parameter that its own content yields
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { isFull, shareOf } from '../support/full.js';
import { hasPublishedExamples, publishedExamples } from '../support/published-examples.js';
import { aBundle, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';
import { ExampleQueries } from '../support/example-queries.js';

/** Between blanks, so that no tag stands in the middle of it. */
const word = /(?<=<[pbt][^<>]*>|\s)[a-z]{4,}(?=\s+[a-z]+\s)/g;

function queriesByWords({ text, ...content }: JsonObject): readonly string[] {
  const { div = '' } = (text ?? {}) as { readonly div?: string };
  const narrative = (div.match(word) ?? []).slice(0, 5);
  const coded = JSON.stringify(content).match(/(?<="(?:status|display)":")[A-Za-z]+(?=[ "])/g) ?? [];
  return [
    ...narrative.map((one) => `_text=${one.toUpperCase()}`),
    ...[...narrative.slice(0, 2), ...coded.slice(0, 3)].map((one) => `_content=${one.toUpperCase()}`),
  ];
}

/** The first query for each parameter, and a share of the others. */
function* queriesFor(resources: readonly JsonObject[]) {
  const queries = new ExampleQueries(new SearchParameters());
  const seen = new Set<string>();
  let others = 0;
  for (const resource of resources) {
    const { resourceType: type, id } = resource as { resourceType: string; id: string };
    for (const { code, text } of queries.of(resource)) {
      const isFirst = !seen.has(`${type}.${code}`);
      seen.add(`${type}.${code}`);
      if (isFull || isFirst || others++ % 15 === 0) yield { type, id, code, text };
    }
  }
}

interface AnsweredEntry {
  readonly response: { readonly status: string; readonly outcome?: JsonObject };
  readonly resource?: { readonly entry?: readonly { readonly resource: { readonly id: string } }[] };
}

const idOfFirst = ({ resource }: Pick<AnsweredEntry, 'resource'>) => resource?.entry?.[0]?.resource.id;

describe.skipIf(!hasPublishedExamples)('the examples of R4 (skipped: ../shared/data is not there)', () => {
  let server: TestServer;
  let token: string;
  const stored: JsonObject[] = [];

  beforeAll(async () => {
    server = await startServer({ VALIDATION: 'structure', AUDIT: 'off' });
    // A machine: Consents among the data do not withhold anything from it.
    token = server.token('system/*.cruds', { sub: 'loader', client_id: 'loader' });
    const examples = publishedExamples();
    for (let at = 0; at < examples.length; at += 50) {
      const some = examples.slice(at, at + 50);
      const { body } = await server.call('POST', '', { token, body: aBundle('batch', ...some.map(putting)) });
      const answers = body.entry as readonly { readonly response: { readonly status: string } }[];
      stored.push(...some.filter((_, i) => answers[i]!.response.status.startsWith('2')));
    }
  });
  afterAll(() => server?.close());

  /** Answers to searches that are sent as one batch. */
  async function askAll(addresses: readonly string[]): Promise<readonly AnsweredEntry[]> {
    const entries = addresses.map((url) => ({ request: { method: 'GET', url } }));
    const { body, text } = await server.call('POST', '', { token, body: aBundle('batch', ...entries) });
    expect(body.entry, text.slice(0, 500)).toHaveLength(addresses.length);
    return body.entry as readonly AnsweredEntry[];
  }

  it('are found by every parameter that their content yields', { timeout: 300_000 }, async () => {
    const missed: string[] = [];
    const codes = new Set<string>();
    let asked = 0;
    let refused = 0;
    const queries = [...queriesFor(stored)];
    const addressOf = ({ type, id, code, text }: (typeof queries)[number]): string =>
      `${type}?${code}=${encodeURIComponent(text)}&_id=${id}`;
    for (let at = 0; at < queries.length; at += 50) {
      const some = queries.slice(at, at + 50);
      const answers = await askAll(some.map(addressOf));
      for (const [i, { type, id, code, text }] of some.entries()) {
        const { response, ...found } = answers[i]!;
        asked++;
        codes.add(`${type}.${code}`);
        // A few examples have units and targets that their own standards do not know; the refusal says so.
        const isOfNoUnit = /is no unit of UCUM|it never refers to/.test(JSON.stringify(response.outcome));
        if (response.status.startsWith('400') && isOfNoUnit) refused++;
        else if (!response.status.startsWith('200') || idOfFirst(found) !== id)
          missed.push(`${type}/${id}: ${code}=${text} ${response.status}`);
      }
    }
    expect(missed.slice(0, 50)).toEqual([]);
    expect(stored.length).toBeGreaterThan(250);
    expect(refused).toBeLessThan(10);
    expect([asked > (isFull ? 4000 : 800), codes.size > 500]).toEqual([true, true]);
  });

  it('are found by the words of their narrative and of their content', { timeout: 120_000 }, async () => {
    const missed: string[] = [];
    let asked = 0;
    for (const resource of shareOf(stored, 8)) {
      const address = `${resource['resourceType'] as string}?_id=${resource['id'] as string}`;
      const queries = queriesByWords(resource);
      asked += queries.length;
      const answers = queries.length === 0 ? [] : await askAll(queries.map((query) => `${address}&${query}`));
      for (const [i, answer] of answers.entries())
        if (idOfFirst(answer) !== resource['id']) missed.push(`${address}&${queries[i]!}`);
    }
    expect(missed.slice(0, 50)).toEqual([]);
    expect(asked).toBeGreaterThan(isFull ? 1000 : 100);
  });
});
