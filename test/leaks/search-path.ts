import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { leadingValues } from '../../src/r4/search/index/leading-values.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { ExampleQueries, type WrittenQuery } from '../support/example-queries.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';

const parameters = new SearchParameters();
const queries = new ExampleQueries(parameters);

/** Every parameter of R4 that has values: what runs for one type runs for all. */
const covers = new Set(
  [...resourceTypes].flatMap((type) =>
    [...parameters.forType(type).values()].flatMap(({ code, expression }) =>
      expression === undefined ? [] : [`?${code}`],
    ),
  ),
);

/** What finds the caller's own resources, and what would find each kind of hidden one. */
function queriesFor(limit: Limit, id: string): readonly WrittenQuery[] {
  const { own, hidden, masked } = limit;
  const [mine] = own(idsOf(limit)[0] ?? id);
  const theirs = Object.values(hidden).map((make) => make(id)[0]);
  const withMasked = masked ? (['a', 'b'] as const).map((world) => ({ ...mine, ...masked(world) })) : [];
  const found = [
    ...[mine, ...theirs].flatMap((resource) => queries.of(resource)),
    // What is refused repeats what was asked: only what nobody asked for tells something.
    ...withMasked.flatMap((one) =>
      queries.of(one).map((query) => ({ ...query, text: query.text.replaceAll(/secret-\w*/g, 'secret') })),
    ),
  ];
  return [...new Map(found.map((one) => [`${one.code}=${one.text}`, one])).values()];
}

const codesOf = (found: readonly WrittenQuery[]): readonly string[] => [...new Set(found.map(({ code }) => code))];

/** The same with what turns an answer round: `:missing`, `:not`, the order. */
function variants(type: string, codes: readonly string[]): readonly string[] {
  return codes.flatMap((code) => [
    `${code}:missing=true`,
    `${code}:missing=false`,
    `_sort=${code}`,
    `_sort=-${code}&_count=1`,
    ...(parameters.find(type, code)?.type === 'token' ? [`${code}:not=x`, `${code}:text=a`] : []),
    ...(parameters.find(type, code)?.type === 'string' ? [`${code}:contains=a`] : []),
  ]);
}

/** What an index of codes and dates, or of parts of names, finds. */
function indexed(type: string, found: readonly WrittenQuery[]): readonly string[] {
  const { code, date } = leadingValues.get(type) ?? {};
  const coded = found.filter((one) => one.code === code).map(({ text }) => `${code}=${encodeURIComponent(text)}&`);
  const named = found.filter((one) => parameters.find(type, one.code)?.type === 'string' && one.text.length >= 3);
  return [
    ...(date === undefined ? [] : ['', ...coded].flatMap((one) => [`${one}_sort=-${date}`, `${one}_sort=${date}`])),
    ...(date === undefined ? [] : ['', ...coded].map((one) => `${one}${date}=ge1900&_sort=-${date}&_total=accurate`)),
    ...named.map((one) => `${one.code}:contains=${encodeURIComponent(one.text)}`),
  ];
}

/** Every parameter that the resources of a limit have values for. */
export const searchByParameters: Path = {
  name: 'search by every parameter',
  covers: [...covers],
  async whole(session) {
    const { limit } = session;
    const found = queriesFor(limit, 'hidden');
    for (const { code, text } of found) await session.get(`${limit.type}?${code}=${encodeURIComponent(text)}`);
    for (const query of variants(limit.type, codesOf(found))) await session.get(`${limit.type}?${query}`);
    for (const query of indexed(limit.type, found)) await session.get(`${limit.type}?${query}`);
  },
  async byId(session, id) {
    const { limit } = session;
    const found = queriesFor(limit, id).filter(({ code }) => code !== '_id');
    const first = codesOf(found).map((code) => found.find((one) => one.code === code)!);
    for (const { code, text } of first) {
      await session.get(`${limit.type}?${code}=${encodeURIComponent(text)}&_id=${id}`);
      await session.get(`${limit.type}?${code}:missing=false&_id=${id}`);
    }
  },
};
