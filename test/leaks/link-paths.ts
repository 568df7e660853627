import type { Path } from './path.js';

/** Chains, `_has` and includes, whatever the type; search-links.spec.ts has data that refers across the limit. */
export const linkPaths: readonly Path[] = [
  {
    name: 'chains, _has and includes',
    covers: ['search-type'],
    alike: true,
    async byId(session, id) {
      const { type } = session.limit;
      for (const address of [
        `${type}?_id=${id}&_include=*&_revinclude=*`,
        `${type}?_id=${id}&_include:iterate=*&_revinclude:iterate=Provenance:target`,
        `${type}?_id=${id}&_has:Provenance:target:_lastUpdated=gt2000`,
        `Provenance?target:${type}._id=${id}`,
        `Patient?_has:${type}:patient:_id=${id}`,
        `Patient?_has:${type}:subject:_id=${id}`,
        `Patient?_has:${type}:patient:_id:not=${id}`,
      ])
        await session.get(address);
    },
    async whole(session) {
      const { type, hidden } = session.limit;
      // What stands beside hidden resources differs between the worlds and may be seen.
      if (Object.values(hidden).some((make) => make('any').length > 1)) return;
      for (const address of [
        `${type}?_include=*&_revinclude=*`,
        `Patient?_revinclude=${type}:*&_revinclude:iterate=*`,
        `Patient?_has:${type}:patient:_lastUpdated=gt2000`,
        `Patient?_has:${type}:subject:_lastUpdated=gt2000`,
        `Provenance?target:${type}._lastUpdated=gt2000`,
      ])
        await session.get(address);
    },
  },
  {
    name: 'a chain to what many have',
    covers: ['search-type'],
    async whole(session) {
      const { type } = session.limit;
      for (const link of ['patient', 'subject:Patient']) {
        await session.get(`${type}?${link}._lastUpdated=gt2000`);
        await session.get(`${type}?${link}._lastUpdated=gt2000&_sort=-_lastUpdated&_total=accurate`);
      }
    },
  },
];
