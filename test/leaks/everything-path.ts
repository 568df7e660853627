import type { Path } from './path.js';
import { hasCompanions, walk } from './reading-paths.js';

/** Records page by page; what is beside them is found through what is in them. */
export const everything: Path = {
  name: '$everything',
  covers: ['$everything'],
  async byId(session, id) {
    const { type } = session.limit;
    for (const owner of ['Patient', 'Encounter', 'EpisodeOfCare', 'Group'])
      await session.get(`${owner}/${id}/$everything?_type=${type}`);
  },
  async whole(session) {
    const { type } = session.limit;
    const ofType = `_type=${type}`;
    for (const owner of ['p1', 'own-1']) await walk(session, `Patient/${owner}/$everything?_count=1&${ofType}`, 'next');
    await session.get(`Patient/p2/$everything?${ofType}`);
    await session.get(`Patient/$everything?${ofType}`);
    if (!hasCompanions(session.limit)) await walk(session, 'Patient/p1/$everything?_count=4', 'next');
    await session.get(`Patient/p1/$everything?start=2000-01-01&end=2100-01-01&_since=2020-01-01T00:00:00Z&${ofType}`);
  },
};
