import type { ConceptsElsewhere } from '../../../r4/terminology/code-system.js';
import { designationsOf } from '../../../r4/terminology/concept.js';
import { TooCostly } from '../../../r4/terminology/cannot-expand.js';
import { valueOf } from '../../../r4/terminology/property-value.js';
import { type Part, partsOf, textOf } from '../../../r4/terminology/read-resource.js';
import { both, type Selection } from '../../../r4/terminology/selection.js';
import type {
  ConceptPage,
  ConceptQuery,
  StoredConcept,
  StoredConcepts,
  ToldConcept,
} from '../../../r4/terminology/stored-concepts.js';
import { wordsOf } from '../../../r4/terminology/words.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { ConceptConditions, countless, type Driver, driversOf } from './concept-conditions.js';

/** Concepts that one question may look at. */
const mostLookedAt = 200_000;
/** Up to so many candidates the number of all is counted beside a page. */
const mostCounted = 1000;
/** Children that are told of one concept. */
const mostChildren = 1000;

interface Row extends Record<string, unknown> {
  readonly code: string;
  readonly display: string | null;
  readonly flags: number;
  readonly told: string;
}

interface ToldRow extends Row {
  readonly parents: readonly string[] | null;
  readonly children: readonly string[] | null;
  readonly isSelected: boolean;
}

const columns = 'c.code, c.display, c.flags, c.told';

/** Reads the concepts of one load (docs/adr/0082). */
export class ConceptQueries implements StoredConcepts {
  readonly size: number;
  private readonly load: number;

  constructor(
    private readonly session: SqlSession,
    { load, concepts }: ConceptsElsewhere,
    private readonly foldsCase: boolean,
  ) {
    this.size = concepts;
    this.load = load;
  }

  async tell(
    code: string,
    selection: Selection = { kind: 'all' },
  ): Promise<(ToldConcept & { readonly isSelected: boolean }) | undefined> {
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const { mine } = conditions;
    const isSelected = conditions.of(selection);
    const named = conditions.isCode(code, this.foldsCase);
    const text = `
      SELECT ${columns}, coalesce(${isSelected}, false) AS "isSelected",
        (SELECT array_agg(p.code ORDER BY p.code) FROM terminology_concept AS p WHERE ${mine('p')} AND p.concept = ANY (c.parents)) AS parents,
        CASE WHEN c.below > 0 THEN ARRAY(SELECT p.code FROM terminology_concept AS p WHERE ${mine('p')} AND p.concept = ANY (ARRAY(
          SELECT unnest(o.concepts) FROM terminology_posting AS o
          WHERE ${mine('o')} AND o.kind = 'child' AND o.key = c.concept::text ORDER BY o.chunk LIMIT ${mostChildren}))
          ORDER BY p.concept) END AS children
      FROM terminology_concept AS c WHERE ${mine('c')} AND ${named} LIMIT 1`;
    const [row] = await this.session.rows<ToldRow>({ isPrepared: true, text, values: parameters.values });
    return (
      row && {
        concept: conceptOf(row),
        parents: row.parents ?? [],
        children: row.children ?? [],
        isSelected: row.isSelected,
      }
    );
  }

  async concepts(codes: readonly string[]): Promise<readonly StoredConcept[]> {
    if (codes.length === 0) return [];
    const parameters = new BindParameters();
    const { mine } = new ConceptConditions(this.load, parameters);
    const rows = await this.session.rows<Row>({
      text: `SELECT ${columns} FROM terminology_concept AS c WHERE ${mine('c')} AND c.code = ANY (${parameters.add(codes, 'text[]')})`,
      values: parameters.values,
    });
    const byCode = new Map(rows.map((row) => [row.code, conceptOf(row)]));
    return codes.flatMap((code) => byCode.get(code) ?? []);
  }

  async codes(selection: Selection, most: number): Promise<readonly string[]> {
    const { concepts, total } = await this.page({ selection }, { offset: 0, count: most + 1 });
    if (concepts.length <= most) return concepts.map(({ code }) => code);
    const count = total ?? (await this.count({ selection }));
    throw new TooCostly(`These are ${count} concepts; at most ${most} can be listed here.`);
  }

  async page(
    query: ConceptQuery,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<ConceptPage> {
    const selection = selectionOf(query);
    const words = wordsOf(query.filter ?? '');
    if (words.length === 0 && selection.kind === 'all') return this.wholePage(offset, count);
    if (words.length === 0 && selection.kind === 'below') return this.pageBelow(selection, offset, count);
    const way = await this.wayOf(selection, words);
    const concepts = count === 0 ? [] : await this.listed(way, { offset, count });
    const total = way.cost <= mostCounted ? await this.counted(way) : undefined;
    return { total, concepts };
  }

  async count(query: ConceptQuery): Promise<number> {
    const selection = selectionOf(query);
    const words = wordsOf(query.filter ?? '');
    if (words.length === 0 && (selection.kind === 'all' || selection.kind === 'below'))
      return (await this.page(query, { offset: 0, count: 0 })).total!;
    const way = await this.wayOf(selection, words);
    this.requireAffordable(way.cost);
    return this.counted(way);
  }

  /** Concepts are numbered without gaps. */
  private async wholePage(offset: number, count: number): Promise<ConceptPage> {
    if (count === 0) return { total: this.size, concepts: [] };
    const parameters = new BindParameters();
    const { mine } = new ConceptConditions(this.load, parameters);
    const from = parameters.add(offset, 'integer');
    const rows = await this.session.rows<Row>({
      isPrepared: true,
      text: `SELECT ${columns} FROM terminology_concept AS c WHERE ${mine('c')} AND c.concept > ${from} ORDER BY c.concept LIMIT ${parameters.add(count, 'integer')}`,
      values: parameters.values,
    });
    return { total: this.size, concepts: rows.map(conceptOf) };
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
    const rows = await this.session.rows<Row & { readonly total: number }>({
      isPrepared: true,
      text: `SELECT ${columns}, c.below AS total FROM ${text}`,
      values: parameters.values,
    });
    const [root, ...others] = rows;
    if (!root) return { total: 0, concepts: [] };
    return {
      total: root.total + (strict ? 0 : 1),
      concepts: (isFirst ? [root, ...others] : others).map(conceptOf),
    };
  }

  private async listed(
    { conditions, from, parameters, cost, isDense }: Way,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<readonly StoredConcept[]> {
    if (!isDense) this.requireAffordable(cost);
    const limit = new BindParameters();
    limit.values.push(...parameters.values);
    const rows = await this.session.rows<Row>({
      text: `SELECT ${columns} FROM ${from} WHERE ${conditions} ORDER BY c.concept LIMIT ${limit.add(count, 'integer')} OFFSET ${limit.add(offset, 'integer')}`,
      values: limit.values,
    });
    return rows.map(conceptOf);
  }

  private async counted({ conditions, from, parameters, cost }: Way): Promise<number> {
    this.requireAffordable(cost);
    const [row] = await this.session.rows<{ count: number }>({
      text: `SELECT count(*)::integer AS count FROM ${from} WHERE ${conditions}`,
      values: parameters.values,
    });
    return row?.count ?? 0;
  }

  private requireAffordable(cost: number): void {
    if (cost > mostLookedAt)
      throw new TooCostly(`${cost} concepts would have to be looked at; one question may look at ${mostLookedAt}.`);
  }

  /** Which rows are read, and how many: those of the condition that leads to the fewest, or all. */
  private async wayOf(selection: Selection, words: readonly string[]): Promise<Way> {
    const drivers = driversOf(selection, words);
    const costs = drivers.length === 0 ? [] : await this.costsOf(drivers);
    const cheapest = costs.indexOf(Math.min(...costs));
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const all = [conditions.of(selection), ...(words.length > 0 ? [conditions.hasWords(words)] : [])].join(' AND ');
    const driver = drivers[cheapest];
    if (driver && costs[cheapest]! < this.size) {
      const from = conditions.from(driver);
      return { conditions: all, from, parameters, cost: costs[cheapest]!, isDense: false };
    }
    const isDense = isMostlyTrue(selection) && costs.slice(0, words.length).every((cost) => cost > this.size / 10);
    const from = 'terminology_concept AS c';
    return { conditions: `${conditions.mine('c')} AND ${all}`, from, parameters, cost: this.size, isDense };
  }

  private async costsOf(drivers: readonly Driver[]): Promise<readonly number[]> {
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.load, parameters);
    const text = drivers.map((driver) => `least((${conditions.cost(driver)}), ${countless})`).join(', ');
    const [row] = await this.session.rows<{ costs: readonly number[] }>({
      // Also where no driver reads a row: PostgreSQL wants each parameter to be used.
      text: `SELECT ARRAY[${text}]::integer[] AS costs WHERE ${conditions.load} > 0`,
      values: parameters.values,
    });
    return row!.costs;
  }
}

interface Way {
  readonly from: string;
  readonly conditions: string;
  readonly parameters: BindParameters;
  /** Rows that are looked at for all. */
  readonly cost: number;
  /** Most concepts are selected, so that a page is found soon. */
  readonly isDense: boolean;
}

const selectionOf = ({ selection, activeOnly }: ConceptQuery): Selection =>
  activeOnly ? both(selection, { kind: 'active' }) : selection;

const isMostlyTrue = (selection: Selection): boolean =>
  selection.kind === 'both'
    ? selection.of.every(isMostlyTrue)
    : selection.kind === 'all' || selection.kind === 'active' || selection.kind === 'not';

function conceptOf({ code, display, flags, told }: Row): StoredConcept {
  const read = JSON.parse(told) as Part;
  const properties = partsOf(read['property']);
  return {
    code,
    display: display ?? undefined,
    definition: textOf(read['definition']),
    designations: designationsOf(read),
    properties,
    isAbstract: (flags & 1) > 0,
    isInactive: (flags & 2) > 0,
    texts: (property) => properties.flatMap((one) => (one['code'] === property ? (valueOf(one) ?? []) : [])),
  };
}
