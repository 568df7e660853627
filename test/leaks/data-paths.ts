import { idsOf } from './limit.js';
import type { Path } from './path.js';
import { hasCompanions } from './reading-paths.js';

/** Counts, the newest Observations, and differences: what they tell depends on rows alone that the caller reaches. */
export const onData: Path = {
  name: '$get-resource-counts, $lastn and $diff',
  covers: ['$get-resource-counts', '$lastn', '$diff'],
  async byId(session, id) {
    const { type } = session.limit;
    const [own] = idsOf(session.limit);
    await session.get(`${type}/${id}/$diff`);
    await session.get(`${type}/${id}/$diff?fromVersion=1`);
    await session.get(`${type}/$diff?from=${type}/${id}&to=${type}/${own}`);
    await session.get(`$diff?from=${type}/${own}&to=${type}/${id}/_history/1`);
    await session.get(`Observation/$lastn?subject=Patient/${id}`);
  },
  async whole(session) {
    await session.get(`$get-resource-counts?_type=${session.limit.type}`);
    // Companions of hidden rows are Observations that the caller may see.
    const isAlike = !hasCompanions(session.limit);
    if (isAlike) await session.get('$get-resource-counts?accurate=true');
    if (!isAlike && session.limit.type !== 'Observation') return;
    for (const patient of ['p1', 'p2']) await session.get(`Observation/$lastn?patient=${patient}&max=2`);
  },
};
