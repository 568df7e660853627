import type { Concept } from './concept.js';
import type { Selection } from '../../search/query/concept-selection.js';

/** A concept with what lies right above and below it. */
export interface ToldConcept {
  readonly concept: Concept;
  readonly parents: readonly string[];
  readonly children: readonly string[];
}

/** A concept, and whether it is one of those that were asked for. */
export interface FoundConcept {
  readonly concept: Concept;
  readonly isSelected: boolean;
}

/** A concept that was read from the store. */
export interface StoredConcept extends Concept {
  /** Values of a property. */
  texts(property: string): readonly string[];
}

/** Requested concepts of a code system. */
export interface ConceptQuery {
  readonly selection: Selection;
  /** Words, each of which begins a word of the same text. */
  readonly filter?: string | undefined;
  /** Codes that have the words in texts that are not stored with them. */
  readonly withWords?: readonly string[] | undefined;
  readonly activeOnly?: boolean | undefined;
  /** Without those that are not for use by themselves. */
  readonly selectableOnly?: boolean | undefined;
}

/** Part of a list, in an order that is always the same. */
export interface ConceptPage {
  /** Number of all; undefined where counting would take longer than the page. */
  readonly total: number | undefined;
  readonly concepts: readonly StoredConcept[];
}

/** Two codes of one code system, the second above the first. */
export interface SubsumptionLink {
  readonly code: string;
  readonly above: string;
}

/** Concepts of a code system that are not in memory (docs/adr/0082). Throws `TooCostly` for what would take too much. */
export interface StoredConcepts {
  /** Number of all. */
  readonly size: number;
  /** Leads the concepts in the database; undefined where another server has them. */
  readonly load?: number | undefined;
  /** The concept as the code system writes it, with what lies right above and below it. */
  tell(code: string): Promise<ToldConcept | undefined>;
  /** The concept as the code system writes it; `isSelected`: whether it is one of the selection. */
  find(code: string, selection?: Selection): Promise<FoundConcept | undefined>;
  /** Those of the codes that it has. */
  known(codes: readonly string[]): Promise<ReadonlySet<string>>;
  /** Of those codes that it has, in their order. */
  concepts(codes: readonly string[]): Promise<readonly StoredConcept[]>;
  page(query: ConceptQuery, part: { readonly offset: number; readonly count: number }): Promise<ConceptPage>;
  count(query: ConceptQuery): Promise<number>;
  /** All codes of a selection; undefined: they are more than `most`. */
  codes(selection: Selection, most: number): Promise<readonly string[] | undefined>;
  /** Each two of the codes of which one is above the other, and one at least is of `fresh`; up to so many. */
  links(codes: readonly string[], fresh: readonly string[], most: number): Promise<readonly SubsumptionLink[]>;
}
