import { z } from 'zod';
import type { OpenInteraction } from '../provider/interactions/interactions.js';

/** State of a login under way; the provider stores it, so that any process can show the next page. */
const interactionState = z.object({
  /** Name of the account, once the login is complete. */
  account: z.string().optional(),
  authenticatedAt: z.number().optional(),
  amr: z.array(z.string()).optional(),
  /** Name of the account whose password was right and whose second factor is missing. */
  pending: z.string().optional(),
  /** Challenge for a passkey to sign; used once. */
  challenge: z.string().optional(),
  /** The user does not want to be who the browser is logged in as. */
  switched: z.boolean().optional(),
  patient: z.string().optional(),
  /** Empty: none in particular. */
  encounter: z.string().optional(),
});

export type InteractionState = z.infer<typeof interactionState>;

/** Nothing of a state that is not ours is believed. */
export function readState({ state }: OpenInteraction): InteractionState {
  const read = interactionState.safeParse(state);
  return read.success ? read.data : {};
}

export interface CompleteLogin {
  readonly account: string;
  readonly authenticatedAt: number;
  readonly amr: readonly string[];
}

/** The user who is logged in: on these pages, or before in this browser. */
export function loginOf(open: OpenInteraction, state: InteractionState): CompleteLogin | undefined {
  const { account, authenticatedAt = 0, amr = [] } = state;
  if (account !== undefined) return { account, authenticatedAt, amr };
  if (open.needs.login || open.account === undefined || state.switched === true) return undefined;
  return { account: open.account, authenticatedAt: open.authenticatedAt ?? 0, amr: open.amr ?? [] };
}
