import { isPrimitiveType, propertiesOf } from '../../src/r4/model/elements.js';
import { idsOf } from './limit.js';
import type { Path } from './path.js';
import { hasCompanions } from './reading-paths.js';
import type { Session } from './session.js';

/** Text and numbers of a type, and those of its elements. */
function elementsOf(type: string, depth = 0): string {
  const fields = [...propertiesOf(type)].flatMap(([name, { type: inner }]) => {
    if (isPrimitiveType(inner)) return [name];
    return depth > 0 || inner === 'Resource' || inner === 'Reference' || inner === 'Extension'
      ? []
      : [`${name} { ${elementsOf(inner, depth + 1)} }`];
  });
  return fields.join(' ');
}

const contained = 'contained { resourceType ... on Patient { telecom { value } } ... on Observation { valueString } }';
const masked = '_name: id';

const ask = (session: Session, address: string, query: string) =>
  session.post(`${address}$graphql`, {
    resourceType: 'Parameters',
    parameter: [{ name: 'query', valueString: query }],
  });

/** Elements, references and searches by GraphQL are those of reads and searches. */
export const graphql: Path = {
  name: '$graphql',
  covers: ['$graphql'],
  async byId(session, id) {
    const { type } = session.limit;
    const [own] = idsOf(session.limit);
    await ask(session, `${type}/${id}/`, `{ ${masked} ${elementsOf(type)} ${type === 'Binary' ? '' : contained} }`);
    await ask(session, '', `{ hidden: ${type}(id: "${id}") { id meta { versionId } } }`);
    await ask(session, `${type}/${own}/`, `{ ProvenanceList(_reference: target) { id } }`);
    await ask(
      session,
      '',
      `{ ObservationList(subject: "Patient/${id}") { id subject { resource(optional: true) { id } } } }`,
    );
    await ask(session, '', `{ ObservationList(subject: "Patient/${id}") { id subject { resource { id } } } }`);
    await ask(session, '', `{ ${type}List(_id: ["${id}", "${own}"]) { id } }`);
  },
  async whole(session) {
    const { type } = session.limit;
    // Companions of hidden rows may be what refers to a row within reach.
    const referring = hasCompanions(session.limit) ? '' : 'ProvenanceList(_reference: target) { id }';
    await ask(session, '', `{ ${type}List(_sort: "_id") { ${elementsOf(type)} ${referring} } }`);
    const page = `count offset next edges { mode resource { id meta { versionId } } }`;
    await ask(session, '', `{ ${type}Connection(_sort: "_id", _count: 1) { ${page} } }`);
  },
};
