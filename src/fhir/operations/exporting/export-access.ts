import { createHash } from 'node:crypto';
import { Refused } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import type { RequestContext } from '../../../scope/request-context.js';

export const accessesTo = (context: RequestContext, type: string): readonly [Access<'s'>, Access<'r'>] => [
  context.accessTo(type, 's'),
  context.accessTo(type, 'r'),
];

export const mayReach = (context: RequestContext, type: string): boolean =>
  context.may(type, 's') && context.may(type, 'r');

/** Equal for equal accesses to the types, whatever token they come from. */
export const fingerprintOfTypes = (context: RequestContext, types: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify(types.flatMap((type) => accessesTo(context, type)).map(({ fingerprint }) => fingerprint)))
    .digest('base64url');

/**
 * Throws {@link Refused} unless the caller reaches the same rows of the type as when the export was planned: what was found under one
 * access is not handed out under another. `type`: one, or several with commas between.
 */
export function requireSameAccess(
  context: RequestContext,
  { type, fingerprint }: { readonly type: string; readonly fingerprint: string },
): void {
  if (fingerprintOfTypes(context, type.split(',')) === fingerprint) return;
  throw new Refused([
    {
      code: 'operation-not-granted',
      fact: `What you may read of ${type} is not what it was when this export began.`,
      cure: 'Begin a new export: it has what you may read now.',
    },
  ]);
}
