import type { Path } from './path.js';
import { hasCompanions } from './reading-paths.js';
import { idsOf } from './limit.js';
import type { Session } from './session.js';

const link = (path: string, ...more: readonly object[]) => ({ path, target: [{ type: 'Resource', ...linked(more) }] });
const search = (type: string, params: string, ...more: readonly object[]) => ({
  target: [{ type, params, ...linked(more) }],
});
const linked = (more: readonly object[]) => (more.length > 0 ? { link: more } : {});

/** A link whose targets lie in the record of what it begins at, or in another one. */
const ruled = (path: string, rule: 'identical' | 'different') => ({
  path,
  target: [{ type: 'Resource', compartment: [{ use: 'requirement', code: 'Patient', rule }] }],
});

/** What patients, encounters and the like refer to, and what refers to patients and to the resource itself. */
const linksOf = (session: Session): readonly object[] => [
  link(
    'Observation.subject',
    search('Observation', 'subject={ref}', link('Observation.encounter')),
    search('Condition', 'subject={ref}'),
  ),
  link('Condition.subject', search('Encounter', 'subject={ref}')),
  link('Encounter.subject'),
  // Which of them is there tells of subjects: those that the reader is shown.
  ruled('Observation.encounter', 'identical'),
  ruled('Observation.encounter', 'different'),
  // Companions of hidden rows may be what refers to a row within reach.
  ...(hasCompanions(session.limit) ? [] : [search('Provenance', 'target={ref}', link('Provenance.target'))]),
];

const ask = (session: Session, address: string, links: readonly object[]) => {
  const [start] = address.split('/');
  const resource = { resourceType: 'GraphDefinition', name: 'G', status: 'draft', start, link: links };
  return session.post(`${address}/$graph`, {
    resourceType: 'Parameters',
    parameter: [{ name: 'definition', resource }],
  });
};

/** Graphs hold what reads and searches of their reader show. */
export const graph: Path = {
  name: '$graph',
  covers: ['$graph'],
  async byId(session, id) {
    const { type } = session.limit;
    await ask(session, `${type}/${id}`, linksOf(session));
    await session.get(`${type}/${id}/$graph?graph=GraphDefinition/${id}`);
    await session.get(`Composition/${id}/$document?graph=GraphDefinition/${id}`);
    const [own] = idsOf(session.limit);
    if (own === undefined) return;
    await ask(session, `${type}/${own}`, [
      search('Provenance', `target={ref}&target=${type}/${id}`),
      search('Observation', `subject={ref}&_id=${id}`),
    ]);
  },
  async whole(session) {
    if (hasCompanions(session.limit)) return;
    const condition = search('Condition', 'subject={ref}', link('Condition.encounter'));
    for (const patient of ['p1', 'p2'])
      await ask(session, `Patient/${patient}`, [search('Observation', 'subject={ref}'), condition]);
  },
};
