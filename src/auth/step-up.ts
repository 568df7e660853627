/** Injection token of {@link StepUp}; absent where this server has no authorization server of its own. */
export const STEP_UP = Symbol('STEP_UP');

export interface StepUpQuestion {
  readonly clientId: string;
  /** Name of the user's account. */
  readonly subject: string;
  /** Scopes of the refused token. */
  readonly granted: readonly string[];
  /** Scopes that the request needs in addition. */
  readonly missing: readonly string[];
}

/** The cure: an authorization URL, or rights that the account lacks, without which no token has the scopes. */
export type StepUpAnswer = { readonly url: string } | { readonly lacking: readonly string[] };

/** The way to a token with more scopes, for clients of this server's own authorization server. */
export interface StepUp {
  /**
   * The URL has everything but what the app makes anew for each request (`state`, `nonce`, `code_challenge`); undefined where the
   * client may not ask for the scopes, or sends no users to log in.
   */
  answer(question: StepUpQuestion): Promise<StepUpAnswer | undefined>;
}
