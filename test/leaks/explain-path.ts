import type { Path } from './path.js';

/** A plan counts rows: no caller to whom anything of this server is out of reach gets one. */
export const explained: Path = {
  name: 'explained searches',
  covers: [],
  async whole(session) {
    const { type, scope } = session.limit;
    // Who may search all of the server is told of the whole database: how long, how many rows, which pages.
    if (scope === 'system/*.rds') return;
    await session.get(`${type}?_explain=true`);
    await session.get(`${type}?_summary=count&_explain=true`);
    await session.get(`?_type=${type}&_explain=true`);
    await session.form(`${type}/_search`, '_sort=-_lastUpdated&_explain=true');
    await session.call('GET', `${type}?_explain=true`, { isOperator: true });
    await session.call('GET', `?_type=${type},Patient&_explain=true`, { isOperator: true });
  },
  async byId(session, id) {
    const { type, scope } = session.limit;
    if (scope !== 'system/*.rds') await session.get(`${type}?_id=${id}&_explain=true`);
  },
};
