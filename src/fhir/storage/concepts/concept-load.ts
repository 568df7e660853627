import { currentTenant } from '../../../database/tenant.js';
import { wordsOf } from '../../../r4/terminology/words.js';
import { BinaryRows } from './binary-rows.js';
import { type ByConcept, closeHierarchy, type ClosedHierarchy, UnclosableHierarchy } from './close-hierarchy.js';
import { linksOf } from './links.js';
import type { LeadingNowhere, Outline } from './concept-numbers.js';
import { postingColumns, postingRow, type PostingOwner, Postings } from './postings.js';
import { InvalidRelease, postingLength, type ReleaseConcept } from './release-concept.js';
import type { StatementsInOrder } from './statements-in-order.js';

/** Concepts that one load may have. */
const mostConcepts = 5_000_000;
const longestCode = 1000;
const longestWord = 100;
/** Parts of rows after which links go along. */
const flushesForLinks = 16;
const columns = [
  'tenant',
  'load',
  'concept',
  'code',
  'display',
  'flags',
  'below',
  'parents',
  'ancestors',
  'words',
  'keys',
  'told',
  'links',
] as const;

/** Concepts of a release, read twice: what is above and below each has to be known before its row is made. */
export interface ConceptSource {
  /** Throws {@link InvalidRelease}. */
  outline(): Promise<Outline>;
  /** The concepts in the order of the codes of {@link outline}. Throws {@link InvalidRelease}. */
  concepts(): AsyncIterable<Iterable<ReleaseConcept>>;
}

export interface LoadOptions {
  /** Number that leads the rows. */
  readonly load: number;
  /** True if upper and lower case of codes are the same. */
  readonly foldsCase: boolean;
  /** Told now and then how many of the concepts are stored. */
  readonly progress?: ((stored: number, of: number) => void) | undefined;
}

/** Result of a load. */
export interface LoadedConcepts {
  readonly concepts: number;
  readonly leadingNowhere: LeadingNowhere;
}

/**
 * Stores the concepts of a release in one transaction (docs/adr/0135). In memory are codes, and numbers (8 bytes for each pair of concepts above
 * each other); rows go to PostgreSQL as they are made, each once. Nobody sees them before the transaction ends. Throws {@link InvalidRelease}.
 */
export async function loadConcepts(
  session: StatementsInOrder,
  source: ConceptSource,
  options: LoadOptions,
): Promise<LoadedConcepts> {
  const { codes, children, parents, leadingNowhere } = await source.outline();
  requireCodes(codes);
  const load = new ConceptLoad(session, options, { codes, hierarchy: closed(codes, children, parents) });
  for await (const some of source.concepts()) await load.add(some);
  await load.finish();
  return { concepts: codes.length, leadingNowhere };
}

function requireCodes(codes: readonly string[]): void {
  if (codes.length === 0) throw new InvalidRelease('has no concept, so there is nothing to load.');
  if (codes.length > mostConcepts)
    throw new InvalidRelease(`has ${codes.length} concepts; one load takes ${mostConcepts}.`);
  const wrong = codes.find((code) => code === '' || code.length > longestCode || code !== code.trim());
  if (wrong !== undefined)
    throw new InvalidRelease(
      `has a code that is none: ${JSON.stringify(wrong.slice(0, 80))}. A code has up to ${longestCode} characters and no blank at its ends.`,
    );
}

function closed(codes: readonly string[], children: Int32Array, parents: Int32Array): ClosedHierarchy {
  try {
    return closeHierarchy(codes.length, children, parents);
  } catch (error) {
    if (!(error instanceof UnclosableHierarchy)) throw error;
    const path = error.circle
      .slice(0, 10)
      .map((one) => codes[one - 1])
      .join(' is below ');
    throw new InvalidRelease(
      `${error.message}${path === '' ? '' : `: ${path}`}. Correct the release, or ask its publisher.`,
    );
  }
}

/** Rows of concepts whose numbers and hierarchy are known. */
class ConceptLoad {
  private readonly owner: PostingOwner;
  private rows = new BinaryRows(columns.length);
  /** Rows that are being sent. */
  private sent = new BinaryRows(columns.length);
  private concept = 0;
  private flushes = 0;
  /** Concepts whose links are on their way. */
  private linked = 0;
  private readonly words: Postings;
  private readonly keys: Postings;
  private readonly folded: Postings;

  constructor(
    private readonly session: StatementsInOrder,
    private readonly options: LoadOptions,
    private readonly known: { readonly codes: readonly string[]; readonly hierarchy: ClosedHierarchy },
  ) {
    this.owner = { tenant: currentTenant(), load: options.load };
    this.words = new Postings('word', this.owner);
    this.keys = new Postings('key', this.owner);
    this.folded = new Postings('folded', this.owner);
  }

  async add(concepts: Iterable<ReleaseConcept>): Promise<void> {
    for (const concept of concepts) {
      if (concept.code !== this.known.codes[this.concept++]) throw changed();
      this.append(concept, this.concept);
      if (this.rows.isFull) await this.flush();
    }
    await this.session.breathe();
  }

  async finish(): Promise<void> {
    if (this.concept !== this.known.codes.length) throw changed();
    await this.flush();
    await this.store(this.links());
    for (const postings of [this.words, this.keys, this.folded]) await this.store(postings.rows());
  }

  private append(concept: ReleaseConcept, number: number): void {
    const { code, display, keys, told, isAbstract, isInactive } = concept;
    const { parents, ancestors, descendants } = this.known.hierarchy;
    const rows = this.rows.row().integer(this.owner.tenant).integer(this.owner.load).integer(number).text(code);
    if (display === undefined) rows.null();
    else rows.text(display);
    rows
      .smallint((isAbstract ? 1 : 0) + (isInactive ? 2 : 0))
      .integer(descendants.starts[number + 1]! - descendants.starts[number]!)
      .integers(parents.values, parents.starts[number]!, parents.starts[number + 1]!)
      .integers(ancestors.values, ancestors.starts[number]!, ancestors.starts[number + 1]!)
      .texts(this.wordsOf(concept, number))
      .texts(keys)
      .text(told)
      .text(linksOf(this.known.codes, this.known.hierarchy, number));
    for (const key of keys) this.keys.add(key, number);
    if (this.options.foldsCase) this.folded.add(code.toLowerCase(), number);
  }

  /** The words of each of its texts, for its row; they lead to the concept. */
  private wordsOf({ code, display, texts }: ReleaseConcept, number: number): readonly string[] {
    const all: string[] = [];
    const add = (text: string, before: readonly string[] = []): readonly string[] => {
      const words = wordsOf(text).map(shortWord);
      for (const word of words) this.words.add(word, number);
      all.push(` ${[...before, ...words].join(' ')} `);
      return words;
    };
    const ofDisplay = display === undefined ? [] : add(display);
    if (code !== display) all.push(this.wordsOfCode(code, number));
    // Each text once: a display is mostly a designation too, and a full name begins with it.
    for (const [i, text] of texts.entries()) {
      if (text === display || text === code || texts.indexOf(text) !== i) continue;
      if (display !== undefined && text.startsWith(`${display} `)) add(text.slice(display.length + 1), ofDisplay);
      else add(text);
    }
    return all;
  }

  /** The index of codes finds the word with which a code begins. */
  private wordsOfCode(code: string, number: number): string {
    const words = wordsOf(code).map(shortWord);
    for (const word of words) if (!code.startsWith(word)) this.words.add(word, number);
    return ` ${words.join(' ')} `;
  }

  private async flush(): Promise<void> {
    const rows = { table: 'terminology_concept', columns, rows: [this.rows.end()] };
    const links = { table: 'terminology_posting', columns: postingColumns };
    // Between the rows, while PostgreSQL waits for the next ones.
    const isTurn = ++this.flushes % flushesForLinks === 0;
    await this.session.copyAhead(rows, ...(isTurn ? [{ ...links, rows: this.links() }] : []));
    // The ones before are stored when the next ones go, so that two parts of the memory take turns.
    [this.rows, this.sent] = [this.sent, this.rows];
    this.rows.begin();
    for (const postings of [this.words, this.keys, this.folded]) if (postings.isFull) await this.store(postings.rows());
    this.options.progress?.(this.concept, this.known.codes.length);
  }

  /** What is above and below the concepts since the last call. */
  private links(): Iterable<Buffer> {
    const { descendants, children } = this.known.hierarchy;
    const some = { from: this.linked + 1, to: this.concept };
    this.linked = this.concept;
    return postingsOf(this.owner, { below: descendants, child: children }, some);
  }

  private store(rows: Iterable<Buffer>): Promise<void> {
    return this.session.copy('terminology_posting', postingColumns, rows);
  }
}

const shortWord = (word: string): string => (word.length > longestWord ? word.slice(0, longestWord) : word);

const changed = (): InvalidRelease =>
  new InvalidRelease('was changed while it was loaded. Load it again when nobody writes its files.');

/** Postings by the numbers of the concepts from `from` to `to`. */
function* postingsOf(
  owner: PostingOwner,
  kinds: Readonly<Record<string, ByConcept>>,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<Buffer> {
  const rows = new BinaryRows(postingColumns.length);
  for (const [kind, { starts, values }] of Object.entries(kinds))
    for (let concept = from; concept <= to; concept++) {
      const end = starts[concept + 1]!;
      for (let at = starts[concept]!, chunk = 0; at < end; at += postingLength, chunk++) {
        const row = postingRow(rows, owner, { kind, key: String(concept), chunk });
        row.integers(values, at, Math.min(at + postingLength, end));
        if (rows.isFull) yield rows.take();
      }
    }
  yield rows.end();
}
