import type { Expansion } from '../expansion.js';
import type { TerminologySource } from '../terminology-source.js';

/** What one request asks of terminology: where definitions come from, and what it has expanded on the way. */
export interface Question {
  readonly source: TerminologySource;
  readonly expansion: Expansion;
}
