import type { Path } from './path.js';
import { hasCompanions, walk } from './reading-paths.js';
import type { Session } from './session.js';

const sorts = [
  '_lastUpdated',
  '-_lastUpdated',
  '-_id',
  '_tag,-_lastUpdated',
  'identifier',
  // Those that an index is walked for.
  '-date',
  'birthdate',
  '-date,subject',
  'family,-birthdate',
];

/** A hidden row must not move others, start or end a page, or count. */
const sorted: Path = {
  name: 'sorted pages, forward and back, and totals',
  covers: ['search-type'],
  async whole(session) {
    const { type } = session.limit;
    for (const sort of sorts) await readPages(session, `${type}?_sort=${sort}`);
    for (const query of totals) await session.get(`${type}?${query}`);
    await session.get(`${type}?_total=accurate&_lastUpdated=gt2000`);
    await session.get(`${type}?_summary=count&_lastUpdated=lt2000`);
  },
  async byId(session, id) {
    const { type } = session.limit;
    for (const query of totals) await session.get(`${type}?_id=${id}&${query}`);
    await session.get(`${type}?_id=${id}&_sort=-_lastUpdated`);
  },
};

const totals = ['_total=accurate&_count=1', '_total=estimate&_count=1', '_total=none', '_count=0', '_summary=count'];

async function readPages(session: Session, address: string): Promise<void> {
  const separator = address.includes('?') ? '&' : '?';
  const last = await walk(session, `${address}${separator}_count=1&_total=accurate`, 'next');
  if (last !== undefined) await walk(session, last, 'previous');
}

const ofSystem: Path = {
  name: 'search of the system',
  covers: ['search-system'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const query of [`_type=${type}&_id=${id}`, `_type=${type},Basic&_id=${id}`, `_id=${id}`]) {
      await session.get(`?${query}`);
      await session.get(`?${query}&_summary=count`);
      await session.form('_search', query);
    }
  },
  async whole(session) {
    const { type } = session.limit;
    for (const query of [
      `_type=${type}`,
      ...(hasCompanions(session.limit) ? [] : ['', `_type=Basic,Patient,${type}`]),
    ]) {
      await session.call('HEAD', `?${query}`);
      await readPages(session, `?${query}`);
      await readPages(session, `?${query}&_sort=-_lastUpdated`);
      for (const total of totals) await session.get(`?${query}&${total}`);
    }
  },
};

const ofCompartment: Path = {
  name: 'search in a compartment',
  covers: [],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const owner of ['Patient', 'Encounter', 'Practitioner', 'Device']) {
      await session.get(`${owner}/${id}/${type}`);
      await session.get(`${owner}/${id}/*?_summary=count`);
    }
    await session.call('HEAD', `Patient/${id}/*`);
    await session.form(`Patient/${id}/${type}/_search`, '_sort=-_lastUpdated');
  },
  async whole(session) {
    const { type } = session.limit;
    for (const owner of ['p1', 'p2', 'own-1', 'nobody-knows']) {
      await readPages(session, `Patient/${owner}/${type}`);
      await session.get(`Patient/${owner}/${type}?_summary=count`);
      if (!hasCompanions(session.limit)) await readPages(session, `Patient/${owner}/*?_sort=-_lastUpdated`);
    }
  },
};

/** Where a search looks beside its type, and in which order. */
export const searchPlacePaths: readonly Path[] = [sorted, ofSystem, ofCompartment];
