import type { Path } from './path.js';

/** What concerns a person as a whole: refused alike, whether the record is there or not. */
export const people: Path = {
  name: '$purge',
  covers: ['$purge'],
  alike: true,
  async byId(session, id) {
    const preview = { resourceType: 'Parameters', parameter: [{ name: 'preview', valueBoolean: true }] };
    for (const type of [session.limit.type, 'Patient']) {
      await session.post(`${type}/${id}/$purge`, preview);
      await session.post(`${type}/${id}/$purge`, { resourceType: 'Parameters' });
    }
  },
};
