import type { ConceptsElsewhere } from '../../../r4/terminology/code-systems/code-system.js';
import { both, type Selection } from '../../../r4/search/query/concept-selection.js';
import type {
  ConceptPage,
  ConceptQuery,
  FoundConcept,
  StoredConcept,
  StoredConcepts,
  SubsumptionLink,
  ToldConcept,
} from '../../../r4/terminology/code-systems/stored-concepts.js';
import { wordsOf } from '../../../r4/terminology/words.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { ConceptBlocks } from './concept-blocks.js';
import { ConceptConditions } from './concept-conditions.js';
import type { WordsAsked } from './concept-drivers.js';
import { ConceptWays, type Way } from './concept-ways.js';
import { conceptOf, toldOf } from './concept-of.js';
import { KeptCounts, type LookLimits } from './kept-counts.js';
import { linkColumns, type Links } from './links.js';
import { readLinks } from './read-links.js';
import { conceptColumns, type ConceptRow, isSelectedIn, type ReadBefore } from './foreseen-concepts.js';

const usualLimits: LookLimits = { most: 200_000, block: 20_000, inBlocks: 2_000_000, ledTo: 5000 };
/** Up to so many candidates the number of all is counted beside a page. */
const mostCounted = 300;
/** So many times the number of concepts among which a page is expected are looked at for it. */
const mostExpected = 4;
/** So many candidates take as long to put in order as looking at one concept. */
const worthWalking = 4;

/** The concepts of one load, as far as they are known before they are asked for. */
interface QueriedConcepts extends ConceptsElsewhere {
  readonly foldsCase: boolean;
  readonly before: ReadBefore | undefined;
  /** Numbers of selections that were counted before. */
  readonly counts?: KeptCounts | undefined;
}

/** Reads the concepts of one load (docs/adr/0082). */
export class ConceptQueries implements StoredConcepts {
  readonly size: number;
  readonly load: number;
  private readonly ways: ConceptWays;
  private readonly kept: KeptCounts;

  constructor(
    private readonly session: SqlSession,
    private readonly of: QueriedConcepts,
    private readonly limits = usualLimits,
  ) {
    this.size = of.concepts;
    this.load = of.load;
    this.kept = of.counts ?? new KeptCounts();
    this.ways = new ConceptWays(session, { load: of.load, size: of.concepts, limits, kept: this.kept });
  }

  async tell(code: string): Promise<ToldConcept | undefined> {
    const { before } = this.of;
    if (before?.withLinks && this.wasRead(code)) {
      const row = before.rows.get(code);
      if (row?.parents !== undefined || row === undefined) return toldOf(row, this.of.phrases);
    }
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const { mine } = conditions;
    const named = conditions.isCode(code, this.of.foldsCase);
    const [row] = await this.session.rows<ConceptRow & Links>({
      isPrepared: true,
      text: `SELECT ${conceptColumns}, ${linkColumns} FROM terminology_concept AS c WHERE ${mine('c')} AND ${named} LIMIT 1`,
      values: parameters.values,
    });
    return toldOf(row, this.of.phrases);
  }

  async find(code: string, selection: Selection = { kind: 'all' }): Promise<FoundConcept | undefined> {
    if (this.wasRead(code)) {
      const row = this.of.before!.rows.get(code);
      if (!row) return undefined;
      const isSelected = isSelectedIn(selection, row, this.of.before!);
      if (isSelected !== undefined) return { concept: this.conceptOf(row), isSelected };
    }
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const isSelected = conditions.of(selection);
    const named = conditions.isCode(code, this.of.foldsCase);
    const [row] = await this.session.rows<ConceptRow & { readonly isSelected: boolean }>({
      isPrepared: true,
      text: `SELECT ${conceptColumns}, coalesce(${isSelected}, false) AS "isSelected" FROM terminology_concept AS c WHERE ${conditions.mine('c')} AND ${named} LIMIT 1`,
      values: parameters.values,
    });
    return row && { concept: this.conceptOf(row), isSelected: row.isSelected };
  }

  /** True if what was read together with the code system says whether there is the code. */
  private wasRead(code: string): boolean {
    const { before, foldsCase } = this.of;
    return before !== undefined && before.codes.has(code) && (!foldsCase || before.rows.has(code));
  }

  private readonly conceptOf = (row: ConceptRow): StoredConcept => conceptOf(row, this.of.phrases);

  async known(codes: readonly string[]): Promise<ReadonlySet<string>> {
    const { before } = this.of;
    if (before && codes.every((code) => before.codes.has(code)))
      return new Set(codes.filter((code) => before.rows.has(code)));
    return new Set((await this.concepts(codes)).map(({ code }) => code));
  }

  async concepts(codes: readonly string[]): Promise<readonly StoredConcept[]> {
    if (codes.length === 0) return [];
    const { before } = this.of;
    if (before && codes.every((code) => before.codes.has(code)))
      return codes.flatMap((code) => before.rows.get(code) ?? []).map(this.conceptOf);
    const parameters = new BindParameters();
    const { mine } = new ConceptConditions(this.load, parameters);
    const rows = await this.session.rows<ConceptRow>({
      isPrepared: true,
      text: `SELECT ${conceptColumns} FROM terminology_concept AS c WHERE ${mine('c')} AND c.code = ANY (${parameters.add(codes, 'text[]')})`,
      values: parameters.values,
    });
    const byCode = new Map(rows.map((row) => [row.code, this.conceptOf(row)]));
    return codes.flatMap((code) => byCode.get(code) ?? []);
  }

  async codes(selection: Selection, most: number): Promise<readonly string[] | undefined> {
    const { conditions, parameters, cost, isDense, isUsual } = await this.ways.find(selection, noWords);
    const isExact = selection.kind === 'all' || (selection.kind === 'below' && !selection.strict);
    if (cost > (isExact ? most : this.limits.most) && (isExact || !isDense)) return undefined;
    const rows = await this.session.rows<{ readonly code: string }>({
      isPlannedOnce: isUsual,
      text: `SELECT c.code FROM terminology_concept AS c WHERE ${conditions} ORDER BY c.concept LIMIT ${parameters.add(most + 1, 'integer')}`,
      values: parameters.values,
    });
    return rows.length <= most ? rows.map(({ code }) => code) : undefined;
  }

  links(codes: readonly string[], fresh: readonly string[], most: number): Promise<readonly SubsumptionLink[]> {
    return readLinks(this.session, this.load, { codes, fresh, most });
  }

  async page(
    query: ConceptQuery,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<ConceptPage> {
    const selection = selectionOf(query);
    const asked = wordsAsked(query);
    if (asked.words.length === 0 && selection.kind === 'all') return this.wholePage(offset, count);
    if (asked.words.length === 0 && selection.kind === 'below') return this.pageBelow(selection, offset, count);
    const way = await this.ways.find(selection, asked);
    if (count === 0) return { total: way.cost <= mostCounted ? await this.counted(way) : undefined, concepts: [] };
    return this.listed(way, { offset, count });
  }

  async count(query: ConceptQuery): Promise<number> {
    const selection = selectionOf(query);
    const asked = wordsAsked(query);
    if (asked.words.length === 0 && (selection.kind === 'all' || selection.kind === 'below'))
      return (await this.page(query, { offset: 0, count: 0 })).total!;
    return this.counted(await this.ways.find(selection, asked));
  }

  /** Concepts are numbered without gaps. */
  private async wholePage(offset: number, count: number): Promise<ConceptPage> {
    if (count === 0) return { total: this.size, concepts: [] };
    const parameters = new BindParameters();
    const { mine } = new ConceptConditions(this.load, parameters);
    const from = parameters.add(offset, 'integer');
    const rows = await this.session.rows<ConceptRow>({
      isPrepared: true,
      text: `SELECT ${conceptColumns} FROM terminology_concept AS c WHERE ${mine('c')} AND c.concept > ${from} ORDER BY c.concept LIMIT ${parameters.add(count, 'integer')}`,
      values: parameters.values,
    });
    return { total: this.size, concepts: rows.map(this.conceptOf) };
  }

  /** The concept itself first; what is below lies in rows of 400, so that no other row is read. */
  private async pageBelow(
    { code, strict }: Extract<Selection, { readonly kind: 'below' }>,
    offset: number,
    count: number,
  ): Promise<ConceptPage> {
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const skipped = strict ? offset : Math.max(0, offset - 1);
    const isFirst = !strict && offset === 0 && count > 0;
    const text = conditions.pageBelow({ code, skipped, count: isFirst ? count - 1 : count });
    const rows = await this.session.rows<ConceptRow & { readonly total: number }>({
      isPrepared: true,
      text: `SELECT ${conceptColumns}, c.below AS total FROM ${text}`,
      values: parameters.values,
    });
    const [root, ...others] = rows;
    if (!root) return { total: 0, concepts: [] };
    return {
      total: root.total + (strict ? 0 : 1),
      concepts: (isFirst ? [root, ...others] : others).map(this.conceptOf),
    };
  }

  private async listed(
    way: Way,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<ConceptPage> {
    const { conditions, parameters, cost, isUsual } = way;
    if (cost > this.limits.most) return this.listedInBlocks(way, { offset, count });
    const soon = await this.walked(way, { offset, count });
    if (soon) return { total: undefined, concepts: soon.map(this.conceptOf) };
    const limit = new BindParameters();
    limit.values.push(...parameters.values);
    const counted = cost <= mostCounted ? '(count(*) OVER ())::integer' : 'NULL::integer';
    const rows = await this.session.rows<ConceptRow & { readonly total: number | null }>({
      isPlannedOnce: isUsual,
      text: `SELECT ${conceptColumns}, ${counted} AS total FROM terminology_concept AS c WHERE ${conditions} ORDER BY c.concept LIMIT ${limit.add(count, 'integer')} OFFSET ${limit.add(offset, 'integer')}`,
      values: limit.values,
    });
    const total = rows[0]?.total ?? totalAt(rows.length, { offset, count });
    return { total, concepts: rows.map(this.conceptOf) };
  }

  /**
   * A page of a frequent word lies among the first concepts of all, while all that the word leads to would have to be put in order. Undefined where
   * they do not fill the page after all.
   */
  private async walked(
    { walk, cost, isUsual }: Way,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<readonly ConceptRow[] | undefined> {
    if (!walk) return undefined;
    const { conditions, parameters, share } = walk;
    const last = Math.ceil((mostExpected * (offset + count)) / share);
    if (last * worthWalking > cost) return undefined;
    const until = parameters.add(last, 'integer');
    const page = `LIMIT ${parameters.add(count, 'integer')} OFFSET ${parameters.add(offset, 'integer')}`;
    const rows = await this.session.rows<ConceptRow>({
      isPlannedOnce: isUsual,
      text: `SELECT ${conceptColumns} FROM terminology_concept AS c WHERE ${conditions} AND c.concept <= ${until} ORDER BY c.concept ${page}`,
      values: parameters.values,
    });
    return rows.length === count ? rows : undefined;
  }

  private async listedInBlocks(
    way: Way,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<ConceptPage> {
    const blocks = this.blocks(way);
    const rows = await blocks.page(offset, count);
    return { total: blocks.known, concepts: rows.map(this.conceptOf) };
  }

  private async counted(way: Way): Promise<number> {
    const { conditions, parameters, cost } = way;
    if (cost > this.limits.most) return this.blocks(way).total();
    const [row] = await this.session.rows<{ count: number }>({
      text: `SELECT count(*)::integer AS count FROM terminology_concept AS c WHERE ${conditions}`,
      values: parameters.values,
    });
    return row?.count ?? 0;
  }

  private blocks(way: Way): ConceptBlocks {
    const { size, limits, kept } = this;
    return new ConceptBlocks(this.session, way, { size, limits, kept });
  }
}

const noWords: WordsAsked = { words: [], codes: [] };

const wordsAsked = ({ filter = '', withWords = [] }: ConceptQuery): WordsAsked => ({
  words: wordsOf(filter),
  codes: withWords,
});

const selectionOf = ({ selection, activeOnly, selectableOnly }: ConceptQuery): Selection =>
  both(
    selection,
    ...(activeOnly ? [{ kind: 'active' } as const] : []),
    ...(selectableOnly ? [{ kind: 'selectable' } as const] : []),
  );

/** A page that is not full is the last one; one that is empty may be far behind it. */
const totalAt = (found: number, { offset, count }: { readonly offset: number; readonly count: number }) =>
  found < count && (found > 0 || offset === 0) ? offset + found : undefined;
