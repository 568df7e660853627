import type { CodeSystem } from '../code-system.js';
import { Expansion } from '../expansion.js';
import { findSupplements, SupplementedSource } from '../supplements.js';
import type { TerminologySource } from '../terminology-source.js';

/** What one request asks of terminology: where definitions come from, and what it has expanded on the way. */
export interface Question {
  readonly source: TerminologySource;
  readonly expansion: Expansion;
  readonly supplements?: readonly CodeSystem[];
}

/** The same question with supplements of code systems, by canonical. Throws `CannotExpand` for one that is not here. */
export async function withSupplements(question: Question, canonicals: readonly string[]): Promise<Question> {
  if (canonicals.length === 0) return question;
  const { source, expansion } = question;
  const supplements = await findSupplements(source, canonicals);
  const supplemented = new SupplementedSource(source, supplements);
  return {
    source: supplemented,
    expansion: new Expansion(supplemented, expansion.foreseen, expansion.asked),
    supplements,
  };
}
