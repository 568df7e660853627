import { Refused } from '../../../refusal/refusal.js';
import { accessesTo, fingerprintOf } from './export-planner.js';
import type { RequestContext } from '../../../scope/request-context.js';

/**
 * Throws {@link Refused} unless the caller reaches the same rows of the type as when the export was planned: what was found under one
 * access is not handed out under another.
 */
export function requireSameAccess(
  context: RequestContext,
  { type, fingerprint }: { readonly type: string; readonly fingerprint: string },
): void {
  if (fingerprintOf(accessesTo(context, type)) === fingerprint) return;
  throw new Refused([
    {
      code: 'operation-not-granted',
      fact: `What you may read of ${type} is not what it was when this export began.`,
      cure: 'Begin a new export: it has what you may read now.',
    },
  ]);
}
