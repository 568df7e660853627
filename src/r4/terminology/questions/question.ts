import type { CodeSystem } from '../code-systems/code-system.js';
import { Expansion } from '../value-sets/expansion.js';
import { findSupplements, SupplementedSource } from '../code-systems/supplements.js';
import type { TerminologySource } from '../terminology-source.js';

/** Context of one request to terminology: the source of definitions, and the expansions made so far. */
export interface Question {
  readonly source: TerminologySource;
  readonly expansion: Expansion;
  readonly supplements?: readonly CodeSystem[];
}

/** The context with supplements of code systems, by canonical. Throws `CannotExpand` for one that is not here. */
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
