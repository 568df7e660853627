// Pages of those with words, where a word leads to many concepts (docs/adr/0156)
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Selection } from '../../src/r4/search/query/concept-selection.js';
import { KeptCounts } from '../../src/fhir/storage/concepts/kept-counts.js';
import { ConceptQueries } from '../../src/fhir/storage/concepts/stored-concepts.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { releaseOf } from '../support/release-of.js';
import { startServer, type TestServer } from '../support/server.js';
import { collectStatements } from '../support/statements.js';

const url = 'http://words.example/CodeSystem/c';
const words = ['heart', 'heavy', 'lung', 'arm', 'leg'];
const concepts = Array.from({ length: 1000 }, (_, i) => ({
  code: `c${String(i).padStart(3, '0')}`,
  display: `${words[i % 5]} ${words[(i * 7) % 3]}`,
  parents: i === 0 ? [] : [i % 4 === 0 ? 'c000' : 'c001'].filter((parent) => parent !== `c00${i}`),
}));
/** A quarter of the concepts is below the first one alone. */
const below: Selection = { kind: 'not', of: { kind: 'below', code: 'c001', strict: false } };
const withWords = concepts
  .filter(({ display, parents }) => / he/.test(` ${display}`) && !parents.includes('c001'))
  .map(({ code }) => code)
  .filter((code) => code !== 'c001');

let server: TestServer;
let of: {
  readonly load: number;
  readonly concepts: number;
  readonly content: string;
  readonly phrases: readonly string[];
};
beforeAll(async () => {
  server = await startServer();
  const head = { resourceType: 'CodeSystem', url, version: '1', name: 'C', status: 'active', content: 'complete' };
  const store = server.app.get(TerminologyStore);
  await store.load(releaseOf(head, concepts), { by: 'test' });
  of = (await store.list())[0]!;
});
afterAll(() => server.close());

const queries = (): ConceptQueries => {
  const limits = { most: 10_000, block: 100, inBlocks: 10_000, ledTo: 10 };
  const known = { ...of, foldsCase: false, before: undefined, counts: new KeptCounts() };
  return new ConceptQueries(server.app.get(SqlSession), known, limits);
};

/** Texts of the statements that read concepts, and the pages. */
async function pages(...offsets: readonly number[]) {
  const asked = queries();
  const { statements, stop } = collectStatements();
  const found: (readonly string[])[] = [];
  try {
    for (const offset of offsets) {
      const page = await asked.page({ selection: below, filter: 'he' }, { offset, count: 7 });
      found.push(page.concepts.map(({ code }) => code));
    }
  } finally {
    stop();
  }
  return { found, sent: statements.filter(({ text }) => text.includes('ORDER BY c.concept')) };
}

it('has the same pages in the same order, however deep', async () => {
  const offsets = Array.from({ length: Math.ceil(withWords.length / 7) + 2 }, (_, i) => i * 7);
  const { found } = await pages(...offsets);
  expect(found).toEqual(offsets.map((offset) => withWords.slice(offset, offset + 7)));
  expect(found.flat().length).toBeGreaterThan(70);
});

it('does not put all that a word leads to in order for a first page, but for a deep one', async () => {
  const { sent } = await pages(0, 70);
  expect(sent.map(({ text }) => text.includes('unnest(o.concepts)'))).toEqual([false, true]);
  expect(sent[0]!.values.some((value) => typeof value === 'number' && value > 7 && value < 200)).toBe(true);
});

it('takes the way by the word where the first concepts do not fill the page', async () => {
  const asked = queries();
  const last: Selection = { kind: 'codes', codes: concepts.slice(-300).map(({ code }) => code) };
  const rare = { selection: last, filter: 'he' };
  const expected = concepts.slice(-300).filter(({ display }) => / he/.test(` ${display}`));
  const { concepts: page } = await asked.page(rare, { offset: 0, count: 7 });
  expect(page.map(({ code }) => code)).toEqual(expected.slice(0, 7).map(({ code }) => code));
});
