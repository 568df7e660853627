import { createHash } from 'node:crypto';
import { currentTenant } from '../../../database/tenant.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import { valueOf } from '../../../r4/terminology/property-value.js';
import { wordsOf } from '../../../r4/terminology/words.js';
import { tenant } from '../session/tenant-parameter.js';
import { type ByConcept, closeHierarchy, type ClosedHierarchy, UnclosableHierarchy } from './close-hierarchy.js';
import { ConceptNumbers, type LeadingNowhere } from './concept-numbers.js';
import { copyNumbers, copyOptional, copyText, copyTexts } from './copy-rows.js';
import { Postings } from './postings.js';
import { InvalidRelease, memberKey, postingLength, type ReleaseConcept } from './release-concept.js';
import type { StatementsInOrder } from './statements-in-order.js';

/** Concepts that one load may have. */
const mostConcepts = 5_000_000;
/** Characters that are handed to PostgreSQL at once. */
const batchSize = 1_000_000;
const longestCode = 1000;
/** Longer values of properties are found by their hash. */
const longestValue = 200;
const longestWord = 100;
/** Concepts between two turns of the event loop: a few ms. */
const conceptsAtOnce = 200;

export interface LoadOptions {
  /** Number that leads the rows. */
  readonly load: number;
  /** True if upper and lower case of codes are the same. */
  readonly foldsCase: boolean;
  /** Told now and then how many concepts there are by now. */
  readonly progress?: ((concepts: number) => void) | undefined;
}

/** Result of a load. */
export interface LoadedConcepts {
  readonly concepts: number;
  readonly leadingNowhere: LeadingNowhere;
}

/**
 * Stores the concepts of a release in one transaction, streamed: texts go to PostgreSQL by COPY as they come; in memory stay
 * codes, and numbers (8 bytes for each pair of concepts above each other). Nobody sees them before the transaction ends.
 */
export class ConceptLoad {
  private batch: string[] = [];
  private size = 0;
  private concepts = 0;
  private readonly numbers = new ConceptNumbers();
  private readonly words = new Postings('word');
  private readonly keys = new Postings('key');
  private readonly folded = new Postings('folded');

  private constructor(
    private readonly session: StatementsInOrder,
    private readonly options: LoadOptions,
  ) {}

  static async begin(session: StatementsInOrder, options: LoadOptions): Promise<ConceptLoad> {
    await session.count({
      text: `
        CREATE TEMPORARY TABLE loading_concept (concept integer, code text COLLATE "C", display text, flags smallint, words text[], keys text[],
          told text) ON COMMIT DROP`,
      values: [],
    });
    await session.count({
      text: `
        CREATE TEMPORARY TABLE loading_hierarchy (concept integer, below integer, parents integer[], ancestors integer[])
        ON COMMIT DROP`,
      values: [],
    });
    return new ConceptLoad(session, options);
  }

  /** Throws {@link InvalidRelease}. */
  async add(concept: ReleaseConcept): Promise<void> {
    this.number(concept);
    const row = this.rowOf(concept, this.concepts);
    this.batch.push(row);
    this.size += row.length;
    if (this.size >= batchSize) await this.flush();
    else if (this.concepts % conceptsAtOnce === 0) await this.session.breathe();
  }

  private number({ code, parents = [], children = [] }: ReleaseConcept): void {
    if (code === '' || code.length > longestCode || code !== code.trim())
      throw new InvalidRelease(
        `has a code that is none: ${JSON.stringify(code.slice(0, 80))}. A code has up to ${longestCode} characters and no blank at its ends.`,
      );
    if (++this.concepts > mostConcepts)
      throw new InvalidRelease(`has more than ${mostConcepts} concepts, which is more than one load takes.`);
    if (!this.numbers.add(code, this.concepts))
      throw new InvalidRelease(`has the code ${JSON.stringify(code)} twice. Take one of them out.`);
    for (const parent of parents) this.numbers.link(code, parent);
    for (const child of children) this.numbers.link(child, code);
  }

  /** Closes the hierarchy and moves all to their tables. Throws {@link InvalidRelease}. */
  async finish(): Promise<LoadedConcepts> {
    await this.flush();
    for (const postings of [this.words, this.keys, this.folded]) await this.store(postings);
    if (this.concepts === 0) throw new InvalidRelease('has no concept, so there is nothing to load.');
    const leadingNowhere = await this.storeHierarchy();
    await this.session.count({
      text: `
        INSERT INTO terminology_concept (tenant, load, concept, code, display, flags, below, parents, ancestors, words, keys, told)
        SELECT ${tenant}, $1::integer, c.concept, c.code, c.display, c.flags, coalesce(h.below, 0), coalesce(h.parents, '{}'),
          coalesce(h.ancestors, '{}'), c.words, c.keys, c.told
        FROM loading_concept AS c LEFT JOIN loading_hierarchy AS h ON h.concept = c.concept`,
      values: [this.options.load],
    });
    return { concepts: this.concepts, leadingNowhere };
  }

  private rowOf(concept: ReleaseConcept, number: number): string {
    const { code, display, isAbstract, isInactive } = concept;
    const words = textsOf(concept).map((text) => wordsOf(text).map((word) => word.slice(0, longestWord)));
    for (const word of new Set(words.flat())) if (!isFoundByCode(word, concept)) this.words.add(word, number);
    const keys = keysOf(concept);
    for (const key of keys) this.keys.add(key, number);
    if (this.options.foldsCase) this.folded.add(code.toLowerCase(), number);
    const fields = [
      number,
      copyText(code),
      copyOptional(display),
      (isAbstract ? 1 : 0) + (isInactive ? 2 : 0),
      copyTexts(words.map((some) => ` ${some.join(' ')} `)),
      copyTexts(keys),
      copyText(toldOf(concept)),
    ];
    return `${fields.join('\t')}\n`;
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    [this.batch, this.size] = [[], 0];
    const columns = ['concept', 'code', 'display', 'flags', 'words', 'keys', 'told'];
    if (batch.length > 0) await this.session.copyAhead('loading_concept', columns, [batch.join('')]);
    for (const postings of [this.words, this.keys, this.folded]) if (postings.isFull) await this.store(postings);
    this.options.progress?.(this.concepts);
  }

  private store(postings: Postings): Promise<void> {
    return this.storePostings(postings.rows(this.prefix));
  }

  private storePostings(rows: Iterable<string>): Promise<void> {
    return this.session.copy(
      'terminology_posting',
      ['tenant', 'load', 'kind', 'key', 'chunk', 'concepts'],
      batched(rows),
    );
  }

  private get prefix(): string {
    return `${currentTenant()}\t${this.options.load}\t`;
  }

  private async storeHierarchy(): Promise<LeadingNowhere> {
    const { children, parents, leadingNowhere } = this.numbers.links();
    const closed = this.closed(children, parents);
    const { concepts } = this;
    await this.session.copy(
      'loading_hierarchy',
      ['concept', 'below', 'parents', 'ancestors'],
      batched(hierarchyRows(concepts, closed)),
    );
    await this.storePostings(postingsOf(`${this.prefix}below`, concepts, closed.descendants));
    await this.storePostings(postingsOf(`${this.prefix}child`, concepts, closed.children));
    await this.session.count({ text: 'ANALYZE loading_hierarchy', values: [] });
    return leadingNowhere;
  }

  private closed(children: Int32Array, parents: Int32Array): ClosedHierarchy {
    try {
      return closeHierarchy(this.concepts, children, parents);
    } catch (error) {
      if (error instanceof UnclosableHierarchy) throw this.invalid(error);
      throw error;
    }
  }

  private invalid({ circle, message }: UnclosableHierarchy): InvalidRelease {
    const some = circle.slice(0, 10);
    const codes = this.numbers.codesOf(some);
    const path = some.map((one) => codes.get(one)).join(' is below ');
    return new InvalidRelease(
      `${message}${path === '' ? '' : `: ${path}`}. Correct the release, or ask its publisher.`,
    );
  }
}

/** Each text once: a display is mostly a designation too. */
const textsOf = ({ code, display, designations = [] }: ReleaseConcept): readonly string[] => [
  ...new Set([...(display === undefined ? [] : [display]), code, ...designations.map(({ value }) => value)]),
];

/** The index of codes finds it by its beginning. */
const isFoundByCode = (word: string, { code, display = '', designations = [] }: ReleaseConcept): boolean =>
  code.startsWith(word) && !display.includes(word) && designations.every(({ value }) => !value.includes(word));

/** The name by which concepts with a value of a property are found. */
export const propertyKey = (name: string, value: string): string =>
  `${name}=${value.length > longestValue ? `#${createHash('sha256').update(value).digest('hex')}` : value}`;

function keysOf({ properties = [], memberOf = [] }: ReleaseConcept): readonly string[] {
  const keys = properties.flatMap((property) => {
    const value = valueOf(property);
    return value === undefined ? [] : [propertyKey(String(property['code']), value)];
  });
  return [...new Set([...keys, ...memberOf.map((one) => propertyKey(memberKey, one))])];
}

const toldOf = ({ definition, designations = [], properties = [] }: ReleaseConcept): string => {
  const told: Part = {
    ...(definition !== undefined && { definition }),
    ...(designations.length > 0 && { designation: designations }),
    ...(properties.length > 0 && { property: properties }),
  };
  return JSON.stringify(told);
};

function* hierarchyRows(count: number, { parents, ancestors, descendants }: ClosedHierarchy): Generator<string> {
  for (let i = 1; i <= count; i++) {
    const below = descendants.starts[i + 1]! - descendants.starts[i]!;
    const [from, to] = [ancestors.starts[i]!, ancestors.starts[i + 1]!];
    if (below === 0 && from === to) continue;
    const own = copyNumbers(parents.values, parents.starts[i], parents.starts[i + 1]);
    yield `${i}\t${below}\t${own}\t${copyNumbers(ancestors.values, from, to)}\n`;
  }
}

function* postingsOf(prefix: string, count: number, { starts, values }: ByConcept): Generator<string> {
  for (let i = 1; i <= count; i++) {
    const end = starts[i + 1]!;
    let chunk = 0;
    for (let at = starts[i]!; at < end; at += postingLength)
      yield `${prefix}\t${i}\t${chunk++}\t${copyNumbers(values, at, Math.min(at + postingLength, end))}\n`;
  }
}

function* batched(rows: Iterable<string>): Generator<string> {
  let batch: string[] = [];
  let size = 0;
  for (const row of rows) {
    batch.push(row);
    size += row.length;
    if (size < 100_000) continue;
    yield batch.join('');
    [batch, size] = [[], 0];
  }
  if (batch.length > 0) yield batch.join('');
}
