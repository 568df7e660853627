import { type Designation, designationsOf } from '../../../r4/terminology/code-systems/concept.js';
import type { StoredConcept, ToldConcept } from '../../../r4/terminology/code-systems/stored-concepts.js';
import { valueOf } from '../../../r4/terminology/property-value.js';
import { type Part, partsOf, textOf } from '../../../r4/terminology/read-resource.js';
import type { ConceptRow } from './foreseen-concepts.js';
import type { Links } from './links.js';
import { spelledOut } from './phrases.js';

export const toldOf = (
  row: (ConceptRow & Partial<Links>) | undefined,
  phrases: readonly string[],
): ToldConcept | undefined =>
  row && { concept: conceptOf(row, phrases), parents: row.parents ?? [], children: row.children ?? [] };

/** `phrases`: of its load. */
export const conceptOf = (row: ConceptRow, phrases: readonly string[]): StoredConcept => new RowConcept(row, phrases);

/** Its texts and properties are read when they are asked for: most questions about a code are not about them. */
class RowConcept implements StoredConcept {
  readonly code: string;
  readonly display: string | undefined;
  readonly isAbstract: boolean;
  readonly isInactive: boolean;
  private readonly told: string;
  private parsed: Part | undefined;

  constructor(
    { code, display, flags, told }: ConceptRow,
    private readonly phrases: readonly string[],
  ) {
    this.code = code;
    this.display = display ?? undefined;
    this.isAbstract = (flags & 1) > 0;
    this.isInactive = (flags & 2) > 0;
    this.told = told;
  }

  get definition(): string | undefined {
    return textOf(this.whole['definition']);
  }

  get designations(): readonly Designation[] {
    return designationsOf(this.whole);
  }

  get properties(): readonly Part[] {
    return partsOf(this.whole['property']);
  }

  /** Of its own, whatever supplements add to {@link properties}. */
  texts(property: string): readonly string[] {
    return partsOf(this.whole['property']).flatMap((one) => (one['code'] === property ? (valueOf(one) ?? []) : []));
  }

  private get whole(): Part {
    return (this.parsed ??= JSON.parse(spelledOut(this.told, this.phrases)) as Part);
  }
}
