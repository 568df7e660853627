import { isObject, type Json } from '../../src/r4/json/json.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import type { Session } from './session.js';

/** Words of what is written, as somebody who knows it would search them. */
function wordsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return value.match(/\p{L}{3,}/gu) ?? [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(wordsIn);
  return isObject(value) ? Object.values(value).flatMap(wordsIn) : [];
}

function wordsOf({ own, hidden, ...limit }: Limit): readonly string[] {
  const resources = [own(idsOf({ own, hidden, ...limit })[0]!), ...Object.values(hidden).map((make) => make('any'))];
  return [...new Set(resources.flatMap(([resource]) => wordsIn(resource)))].slice(0, 12);
}

const searches = (session: Session, ...queries: readonly string[]) =>
  queries.reduce(
    (before, query) => before.then(() => session.get(`${session.limit.type}?${query}`).then(() => undefined)),
    Promise.resolve(),
  );

const filter = (text: string): string => `_filter=${encodeURIComponent(text)}`;

/** `_text`, `_content`, `_list` and `_filter`. */
export const ownSyntax: Path = {
  name: 'words, lists and filters',
  covers: ['?_text', '?_content', '?_list', '?_filter'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    await searches(
      session,
      `_list=${id}`,
      `_content=NOT nothing&_id=${id}`,
      filter(`_id eq ${id}`),
      filter(`not (_id eq ${id})`),
      filter(`_id eq ${id} and _lastUpdated gt 2000`),
      filter(`_list eq ${id} or _has:Provenance:target:_lastUpdated gt 2000`),
    );
    await session.get(`Patient?${filter(`_has:${type}:patient:_id eq ${id}`)}`);
    await session.get(`Patient?${filter(`not (_has:${type}:patient:_id eq ${id})`)}`);
    await session.get(`Patient?_list=${id}`);
    await session.get(`Provenance?${filter(`target:${type}[_lastUpdated gt 2000]._id eq ${id}`)}`);
  },
  async whole(session) {
    await searches(
      session,
      ...wordsOf(session.limit).flatMap((word) => [
        `_content=${encodeURIComponent(word)}`,
        `_content=NOT ${encodeURIComponent(word)}&_summary=count`,
        `_text=${encodeURIComponent(word)}`,
      ]),
      '_text:missing=true&_total=accurate&_count=1',
      filter('_lastUpdated gt 2000'),
      filter('not (_lastUpdated lt 2000)'),
    );
  },
};
