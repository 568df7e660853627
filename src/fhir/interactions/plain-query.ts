import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import type { Interaction, InteractionKind } from '../../r4/rest/interaction.js';
import { printable } from '../../r4/errors/request-errors.js';

const ofAnswer = ['_format', '_pretty'];
const ofResource = [...ofAnswer, '_summary', '_elements'];

const taken: ReadonlyMap<InteractionKind, readonly string[]> = new Map([
  ['read', ofResource],
  ['vread', ofResource],
  ['create', ofAnswer],
  ['update', ofAnswer],
  ['patch', ofAnswer],
  ['delete', ofAnswer],
]);

/** Interactions that take few parameters refuse those of others, such as criteria, instead of ignoring them. */
export function requirePlainQuery({ kind, query, id }: Interaction): void {
  const names = taken.get(kind);
  // Without an id, a query makes an update or delete conditional, which is a matter of its own.
  if (query.size === 0 || !names || (id === undefined && kind !== 'create')) return;
  const other = [...query.keys()].find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new InvalidRequest({
    code: 'not-supported',
    diagnostics: `"${printable(other)}" is not offered on ${kind}. It takes ${names.join(', ')} only.`,
  });
}
