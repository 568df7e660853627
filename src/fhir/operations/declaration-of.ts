import type { Interaction } from '../model/interaction.js';
import { printable, UnknownAddress } from '../model/request-errors.js';
import type { OperationDeclaration, Operations } from './operation.js';

/** That of the operation which is called, if one is. An operation that is not offered is 404 for any valid token. */
export function declarationOf(
  operations: Operations,
  { kind, operation, type, id }: Interaction,
): OperationDeclaration | undefined {
  if (kind !== 'operation') return undefined;
  const address = { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
  const found = operations.find(operation ?? '', address);
  if (!found) throw new UnknownAddress(`The operation $${printable(operation ?? '')} is not offered here.`);
  return found.declaration;
}
