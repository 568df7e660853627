import type { RequestContext } from '../../scope/request-context.js';
import { masked } from '../storage/reading/masked.js';
import type { Written } from '../storage/writing/change.js';

/** A version that was written, as its author is shown it. */
export interface ShownVersion extends Written {
  /** A hook of the point `afterRead` failed or refused, so that nobody knows what of it may be shown: it has no content. */
  readonly isUnshown?: true;
}

/** A written version as a read would show it. The write is committed: what keeps it from being shown does not undo it. */
export function shownTo(context: RequestContext, written: Written): ShownVersion {
  if (!context.may(written.type, 'r')) return written;
  try {
    return masked(context.accessTo(written.type, 'r'), written);
  } catch {
    // Failures of extensions are in the log.
    return { ...written, body: '', isUnshown: true };
  }
}
