import type { LaunchContext } from './launch/launch-context.js';

/** Decision of the user, as the pages (or the autopilot) return it to the provider. */
export interface InteractionDecision {
  /** Name of the local account that logged in (`sub`). */
  readonly account: string;
  /** Seconds since 1970 when the login was. */
  readonly authenticatedAt: number;
  /** RFC 8176: pwd, otp, hwk, fed … */
  readonly amr: readonly string[];
  /** The scopes that the user kept: each within what was offered; narrowed granular ones in place of a wide one. */
  readonly scopes: readonly string[];
  readonly context: LaunchContext;
}
