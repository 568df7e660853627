import type { Path } from './path.js';
import { hasCompanions } from './reading-paths.js';

/** Documents hold what their reader may read. */
export const documents: Path = {
  name: '$document, $summary and $match',
  covers: ['$document', '$summary', '$match'],
  alike: true,
  async byId(session, id) {
    await session.get(`Composition/${id}/$document`);
    await session.get(`Composition/$document?id=${id}`);
    await session.get(`Patient/${id}/$summary`);
    const identifier = [{ system: 'urn:x', value: id }];
    await session.post('Patient/$match', { resourceType: 'Patient', identifier });
  },
  async whole(session) {
    await session.post('Patient/$match', { resourceType: 'Patient', name: [{ family: 'Aal', given: ['A'] }] });
    // Companions of hidden rows may be content of a summary.
    if (hasCompanions(session.limit)) return;
    for (const patient of ['p1', 'p2']) await session.get(`Patient/${patient}/$summary`);
  },
};
