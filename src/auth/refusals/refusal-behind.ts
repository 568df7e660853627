import { UnauthorizedException } from '@nestjs/common';
import { Refused } from '../../refusal/refusal.js';

/**
 * A guard that is not ours, such as `AuthGuard(['smart-jwt', 'api-key'])`, throws a bare 401 and leaves what each strategy
 * found in `authInfo`. Returns our refusal where there is one, with every reason; any other error as it is.
 */
export function refusalBehind(error: unknown, { authInfo }: { readonly authInfo?: unknown }): unknown {
  if (!(error instanceof UnauthorizedException)) return error;
  return [authInfo].flat().find((found) => found instanceof Refused) ?? error;
}
