import type { Path } from './path.js';

/** Explanations are made without a look at what is stored, so that they tell nothing of it. */
export const explainAccess: Path = {
  name: '$explain-access',
  covers: ['$explain-access'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    const lines = [`GET ${type}/${id}`, `GET ${type}?_id=${id}`, `PUT ${type}/${id}`, `DELETE ${type}/${id}`];
    for (const line of lines) await session.form('$explain-access', `request=${encodeURIComponent(line)}`);
  },
  async whole(session) {
    const { type } = session.limit;
    const lines = [`GET ${type}`, `POST ${type}`, `GET ${type}/_history`, 'GET Patient/someone-else', 'GET _history'];
    for (const line of lines) await session.form('$explain-access', `request=${encodeURIComponent(line)}`);
  },
};
