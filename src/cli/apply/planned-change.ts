/** Difference between the files and the server, and the change that removes it. */
export interface PlannedChange {
  /** `+` made, `~` changed, `-` removed. */
  readonly sign: '+' | '~' | '-';
  /** Such as `client growth-chart`. */
  readonly what: string;
  readonly details: readonly string[];
  /** Answers secrets that were made, which are shown once. */
  apply(): Promise<readonly string[]>;
}
