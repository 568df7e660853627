/** Injection token of {@link StepUp}; absent where this server has no authorization server of its own. */
export const STEP_UP = Symbol('STEP_UP');

export interface StepUpQuestion {
  readonly clientId: string;
  /** What the refused token has. */
  readonly granted: readonly string[];
  /** What the request needs beyond. */
  readonly missing: readonly string[];
}

/** The way to a token with more scopes, for clients of this server's own authorization server. */
export interface StepUp {
  /**
   * An authorization URL with everything but what the app makes anew for each request (`state`, `nonce`, `code_challenge`);
   * undefined where the client may not ask for the scopes, or sends no users to log in.
   */
  urlFor(question: StepUpQuestion): Promise<string | undefined>;
}
