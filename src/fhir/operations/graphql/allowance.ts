import { TooCostly } from '../../interactions/answer-budget.js';

/** Bounds of one answer. */
const allowed = {
  /** Read resources, the matches of searches included. */
  resources: 1_000,
  /** Pages of them included. */
  searches: 50,
  /** References to old versions, each a statement of its own. */
  versions: 20,
} as const;

const words = {
  resources: 'resources',
  searches: 'searches, each page counted',
  versions: 'references to versions',
} as const;

/** Counts what one answer takes. */
export class Allowance {
  readonly most = allowed;
  private readonly taken = { resources: 0, searches: 0, versions: 0 };

  /** Throws {@link TooCostly}. */
  take(what: keyof typeof allowed, more: number): void {
    this.taken[what] += more;
    if (this.taken[what] <= allowed[what]) return;
    throw new TooCostly(
      `The answer would take more than ${allowed[what]} ${words[what]}. Ask for less, or in several queries.`,
    );
  }
}

/** The data to read for the answer exceed the bound of one answer. */
export const tooLarge = (): TooCostly =>
  new TooCostly(
    'The answer would take more bytes of resources than one answer may have (setting RESPONSE_LIMIT). Ask for less, or in several queries.',
  );
