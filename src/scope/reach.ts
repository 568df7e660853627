import { permissions } from './grammar/permission.js';
import type { RequestContext } from './request-context.js';

/** A stable text of what a caller may do with some types: equal for equal reach, whatever token it comes from. */
export const reachOf = (context: RequestContext, types: readonly string[]): string =>
  types
    .flatMap((type) =>
      permissions.map((one) => (context.may(type, one) ? context.accessTo(type, one).fingerprint : '')),
    )
    .join('\n');
