import type { DeclaredNeed } from '../../../scope/decision.js';
import type { DeclaredLimits } from '../../../scope/limited-context.js';
import type { OperationDeclaration } from '../operation.js';

/** The accesses that a call of an operation may use; `addressed`: the type that it is called on, every type at system level. */
export function limitsOf(
  { code, access, also = [] }: OperationDeclaration,
  addressed: string | undefined,
): DeclaredLimits {
  const by = `$${code}`;
  if (also === 'any') return { by, permits: () => true };
  const declared = [...(typeof access === 'string' ? [] : access), ...also];
  const needs = declared.filter((need): need is DeclaredNeed => !('administers' in need));
  return {
    by,
    permits: (asked, permission) =>
      needs.some((need) => {
        const type = need.type ?? addressed;
        return need.permission === permission && (type === undefined || type === asked);
      }),
  };
}
