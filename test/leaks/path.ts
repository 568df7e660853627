import type { Session } from './session.js';

/** One way to data. What it is asked for by id is asked for own, hidden and unknown ids. */
export interface Path {
  readonly name: string;
  /** What `/metadata` calls it: interactions, operations (`$code`), search parameters (`?code`). */
  readonly covers: readonly string[];
  /** Independent of what makes a resource hidden: one hidden id is enough, and limits of little news do without. */
  readonly alike?: true;
  /** For limits of little news too. */
  readonly always?: true;
  readonly byId?: (session: Session, id: string) => Promise<void>;
  readonly whole?: (session: Session) => Promise<void>;
}
