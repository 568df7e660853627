import { Refused, type Refusal } from '../../refusal/refusal.js';
import type { Access } from '../../scope/access.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Patch } from './read-patch.js';

/**
 * The access that the stored version has to be within reach of because the patch looks at its content; undefined where there is
 * nothing to look for. Throws {@link Refused} for who may not read the type: writing does not imply reading (ADR 35).
 */
export function requireReading(context: RequestContext, type: string, patch: Patch): Access<'r'> | undefined {
  if (context.accessIfAny(type, 'r')?.unrestricted) return undefined;
  const looking = patch.looking();
  if (looking === undefined) return undefined;
  try {
    return context.accessTo(type, 'r');
  } catch (error) {
    throw error instanceof Refused ? becauseOf(looking, error) : error;
  }
}

function becauseOf(looking: string, { refusals }: Refused): Refused {
  const [first, ...others] = refusals;
  const fact = `${looking} looks at what is stored, which needs the permission to read as well. ${first.fact}`;
  return new Refused([{ ...first, fact }, ...others] as [Refusal, ...Refusal[]]);
}
