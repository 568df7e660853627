import type { Interaction } from '../../../r4/rest/interaction.js';
import type { OperationDeclaration, Operations } from '../operation.js';
import { unknownOperation } from '../unknown-operation.js';

/** That of the operation which is called, if one is. An operation that is not offered is 404 for any valid token. */
export function declarationOf(
  operations: Operations,
  { kind, operation, type, id }: Interaction,
): OperationDeclaration | undefined {
  if (kind !== 'operation') return undefined;
  const address = { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
  const found = operations.find(operation ?? '', address);
  if (!found) throw unknownOperation(operations, operation ?? '', type);
  return found.declaration;
}
