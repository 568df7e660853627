import { InvalidRequest } from '../model/fhir-error.js';
import type { Interaction, InteractionKind } from '../model/interaction.js';
import { printable } from '../model/request-errors.js';

const plain: ReadonlySet<InteractionKind> = new Set(['read', 'vread', 'create', 'update', 'delete']);

/** Interactions that take no parameters refuse those of others, such as `_elements`, instead of ignoring them. */
export function requirePlainQuery({ kind, query, id }: Interaction): void {
  // Without an id, a query makes an update or delete conditional, which is a matter of its own.
  if (query.size === 0 || !plain.has(kind) || (id === undefined && kind !== 'create')) return;
  const other = [...query.keys()].find((name) => name !== '_format');
  if (other === undefined) return;
  throw new InvalidRequest({
    code: 'not-supported',
    diagnostics: `"${printable(other)}" is not offered on ${kind}. It takes _format only.`,
  });
}
