import type { Path } from './path.js';

/** What concerns the index as a whole: nobody whose reach is limited may start it or learn from its counts. */
export const indexPaths: Path = {
  name: 'reindexing, and the status of search parameters',
  covers: ['$job-status', '$reindex', '$reindex-status', '$status'],
  async byId(session, id) {
    await session.get(`SearchParameter/${id}/$status`);
  },
  async whole(session) {
    await session.call('POST', '$reindex');
    await session.call('POST', `${session.limit.type}/$reindex`);
    await session.get('$job-status?job=1');
    await session.call('DELETE', '$job-status?job=1');
    await session.get('$reindex-status?job=1');
    await session.get('$reindex-status?job=2');
  },
};
