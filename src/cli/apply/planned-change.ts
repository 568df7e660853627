/** One difference between the files and the server, and how it is removed. */
export interface PlannedChange {
  /** `+` made, `~` changed, `-` removed. */
  readonly sign: '+' | '~' | '-';
  /** Such as `client growth-chart`. */
  readonly what: string;
  readonly details: readonly string[];
  /** Answers secrets that were made, which are shown once. */
  apply(): Promise<readonly string[]>;
}
