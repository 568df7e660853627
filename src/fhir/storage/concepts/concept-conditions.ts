import type { Selection } from '../../../r4/search/query/concept-selection.js';
import type { BindParameters } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { type Driver, keysOf, type WordsAsked } from './concept-drivers.js';
import { memberKey, postingLength, propertyKey } from './release-concept.js';

type Leaf = Exclude<Selection, { readonly kind: 'all' | 'active' | 'selectable' | 'not' | 'both' | 'either' }>;

/** Before the code of a set in the key that leads to its members. */
const memberStart = propertyKey(memberKey, '');
/** Bytes of a list of numbers as PostgreSQL stores it, before the first number. */
const listHead = 24;
/** Values of a relation whose concepts are looked up one by one. */
const mostValues = 5000;
/** More than a load may have. */
export const countless = 2_000_000_000;

const aboutLength = `greatest(1, (pg_column_size(o.concepts) - ${listHead}) / 4)`;

/** SQL about the concepts of one load; `c` is the row of a concept. */
export class ConceptConditions {
  /** The parameter that leads the rows. */
  readonly load: string;

  constructor(
    load: number,
    private readonly parameters: BindParameters,
  ) {
    this.load = parameters.add(load, 'integer');
  }

  /** Rows of the load. */
  readonly mine = (alias: string): string => `${alias}.tenant = ${tenant} AND ${alias}.load = ${this.load}`;

  /** `c`: alias of the row that is judged. */
  of(selection: Selection, c = 'c'): string {
    switch (selection.kind) {
      case 'all':
        return 'true';
      case 'active':
        return `${c}.flags & 2 = 0`;
      case 'selectable':
        return `${c}.flags & 1 = 0`;
      case 'not':
        return `NOT coalesce(${this.of(selection.of, c)}, false)`;
      case 'both':
        return `(${selection.of.map((one) => this.of(one, c)).join(' AND ')})`;
      case 'either':
        return `(${selection.of.map((one) => this.of(one, c)).join(' OR ')})`;
      default:
        return this.leaf(selection, c);
    }
  }

  private leaf(selection: Leaf, c: string): string {
    switch (selection.kind) {
      case 'codes':
        return `${c}.code = ANY (${this.texts(selection.codes)})`;
      case 'below': {
        const below = `${c}.ancestors @> ARRAY[${this.numberOf(selection.code)}]`;
        return selection.strict ? below : `(${below} OR ${c}.code = ${this.text(selection.code)})`;
      }
      case 'child':
        return `${c}.parents @> ARRAY[${this.numberOf(selection.code)}]`;
      case 'above':
        return `${c}.concept = ANY (${this.ancestorsOf(selection.code)})`;
      case 'parent':
        return `${c}.concept = ANY (${this.parentsOf(selection.code)})`;
      case 'exists':
        return `EXISTS (SELECT FROM unnest(${c}.keys) AS k (key) WHERE starts_with(k.key, ${this.text(`${selection.property}=`)}))`;
      case 'relation':
        return this.relates(selection, c);
      case 'sets':
        return `EXISTS (SELECT FROM terminology_posting AS m WHERE ${this.mine('m')} AND m.kind = 'key' AND m.key = ${this.text(memberStart)} || ${c}.code)`;
      default:
        return `${c}.keys && ${this.texts(keysOf(selection))}`;
    }
  }

  /** Each value of the property is looked up: a concept has few. */
  private relates({ property, values }: Extract<Selection, { readonly kind: 'relation' }>, c: string): string {
    const v = `${c}v`;
    const start = this.text(`${property}=`);
    return (
      `EXISTS (SELECT FROM unnest(${c}.keys) AS k (key) JOIN terminology_concept AS ${v} ` +
      `ON ${this.mine(v)} AND ${v}.code = substr(k.key, char_length(${start}) + 1) ` +
      `WHERE starts_with(k.key, ${start}) AND ${this.of(values, v)})`
    );
  }

  /** Each word begins a word of the same text. Words are letters and digits, so that LIKE reads them as they are. */
  hasWords({ words, codes }: WordsAsked): string {
    const patterns = this.texts(words.map((word) => `% ${word}%`));
    const has = `EXISTS (SELECT FROM unnest(c.words) AS t (words) WHERE t.words LIKE ALL (${patterns}))`;
    return codes.length === 0 ? has : `(${has} OR c.code = ANY (${this.texts(codes)}))`;
  }

  isCode(code: string, foldsCase: boolean): string {
    if (!foldsCase) return `c.code = ${this.text(code)}`;
    const folded = `SELECT unnest(o.concepts) FROM terminology_posting AS o WHERE ${this.mine('o')} AND o.kind = 'folded' AND o.key = ${this.text(code.toLowerCase())}`;
    return `c.concept = ANY (ARRAY(${folded}))`;
  }

  /** The row is one of the candidates of a driver: the index hands them out in their order. */
  isFound(driver: Driver): string {
    return `${this.mine('c')} AND c.concept = ANY (ARRAY(${this.found(driver)}))`;
  }

  /**
   * Number of concepts that a driver finds, about: lists are not unpacked for that, 4 bytes of them count as one. `most`: postings and codes
   * of a word that are looked at; one that has more is {@link countless}.
   */
  cost(driver: Driver, most: number): string {
    switch (driver.kind) {
      case 'below':
        return `coalesce((SELECT x.below + 1 FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ${this.text(driver.code)}), 0)`;
      case 'above':
        return '100';
      case 'codes':
        return String(driver.keys.length);
      case 'sets':
        return `SELECT count(DISTINCT o.key) FROM terminology_posting AS o WHERE ${this.ofSets()}`;
      case 'any':
        return driver.of.map((one) => `(${this.cost(one, most)})::bigint`).join(' + ');
      case 'relation':
        return (
          `CASE WHEN (${this.cost(driver.of, most)}) > ${mostValues} THEN ${countless} ELSE (SELECT coalesce(sum(${aboutLength}), 0) ` +
          `FROM terminology_posting AS o WHERE ${this.postings(driver)}) END`
        );
      case 'word':
        return (
          `SELECT CASE WHEN count(*) >= ${most} THEN ${countless} ELSE coalesce(sum(p.number), 0) END FROM (` +
          `(SELECT ${aboutLength} AS number FROM terminology_posting AS o WHERE ${this.postings(driver)} LIMIT ${most}) ` +
          `UNION ALL (SELECT 1 FROM terminology_concept AS x WHERE ${this.codesFrom(driver.word)} LIMIT ${most})) AS p`
        );
      default:
        return `SELECT coalesce(sum(${aboutLength}), 0) FROM terminology_posting AS o WHERE ${this.postings(driver)}`;
    }
  }

  /** Rows of the concept itself, and of a part of what is below it; the concept is always the first. */
  pageBelow({
    code,
    skipped,
    count,
  }: {
    readonly code: string;
    readonly skipped: number;
    readonly count: number;
  }): string {
    const chunk = Math.floor(skipped / postingLength);
    const last = Math.floor((skipped + Math.max(count, 1) - 1) / postingLength);
    const root = `SELECT x.* FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ${this.text(code)}`;
    const [from, to] = [this.parameters.add(chunk, 'integer'), this.parameters.add(last, 'integer')];
    const page =
      `SELECT u.concept FROM terminology_posting AS o CROSS JOIN LATERAL unnest(o.concepts) AS u (concept) ` +
      `WHERE ${this.mine('o')} AND o.kind = 'below' AND o.key = (SELECT root.concept::text FROM root) AND o.chunk BETWEEN ${from} AND ${to} ` +
      `ORDER BY o.chunk, u.concept OFFSET ${this.parameters.add(skipped - chunk * postingLength, 'integer')} LIMIT ${this.parameters.add(count, 'integer')}`;
    return (
      `(WITH root AS MATERIALIZED (${root}) SELECT 0 AS place, root.* FROM root ` +
      `UNION ALL SELECT 1, r.* FROM terminology_concept AS r WHERE ${this.mine('r')} AND r.concept = ANY (ARRAY(${page})) ` +
      `ORDER BY place, concept) AS c`
    );
  }

  private found(driver: Driver): string {
    switch (driver.kind) {
      case 'above':
        return `SELECT unnest(${this.ancestorsOf(driver.code)})`;
      case 'codes':
        return `SELECT x.concept FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ANY (${this.texts(driver.keys)})`;
      case 'sets':
        return (
          `SELECT x.concept FROM terminology_concept AS x WHERE ${this.mine('x')} ` +
          `AND x.code = ANY (ARRAY(SELECT DISTINCT substr(o.key, ${memberStart.length + 1}) FROM terminology_posting AS o WHERE ${this.ofSets()}))`
        );
      case 'any':
        return driver.of.map((one) => this.found(one)).join(' UNION ALL ');
      case 'word':
        return `${this.unnested(driver)} UNION ALL SELECT x.concept FROM terminology_concept AS x WHERE ${this.codesFrom(driver.word)}`;
      case 'below':
        return `${this.unnested(driver)} UNION ALL SELECT ${this.numberOf(driver.code)}`;
      default:
        return this.unnested(driver);
    }
  }

  private unnested(driver: Driver): string {
    return `SELECT u.concept FROM terminology_posting AS o CROSS JOIN LATERAL unnest(o.concepts) AS u (concept) WHERE ${this.postings(driver)}`;
  }

  private postings(driver: Driver): string {
    const mine = this.mine('o');
    switch (driver.kind) {
      case 'word': {
        return `${mine} AND o.kind = 'word' AND ${this.beginning('o.key', driver.word)}`;
      }
      case 'keys':
        return `${mine} AND o.kind = 'key' AND o.key = ANY (${this.texts(driver.keys)})`;
      case 'relation': {
        const values =
          `SELECT ${this.text(`${driver.property}=`)} || v.code FROM terminology_concept AS v ` +
          `WHERE ${this.mine('v')} AND v.concept IN (${this.found(driver.of)})`;
        return `${mine} AND o.kind = 'key' AND o.key = ANY (ARRAY(${values}))`;
      }
      case 'below':
      case 'child':
        return `${mine} AND o.kind = '${driver.kind}' AND o.key = ${this.numberOf(driver.code)}::text`;
      default:
        return 'false';
    }
  }

  /** Postings of all sets that have members. */
  private ofSets(): string {
    return `${this.mine('o')} AND o.kind = 'key' AND ${this.beginning('o.key', memberStart)}`;
  }

  /** Codes that begin with a word: loads have no postings of it, since nearly each would have a row of its own. */
  private codesFrom(word: string): string {
    return `${this.mine('x')} AND ${this.beginning('x.code', word)}`;
  }

  /** No character comes after the last one of Unicode; the columns are compared byte by byte. */
  private beginning(column: string, word: string): string {
    const from = this.text(word);
    return `${column} >= ${from} AND ${column} < ${from} || U&'\\+10FFFF'`;
  }

  private numberOf(code: string): string {
    return `(SELECT x.concept FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ${this.text(code)})`;
  }

  private ancestorsOf(code: string): string {
    return `(SELECT x.ancestors || x.concept FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ${this.text(code)})::integer[]`;
  }

  private parentsOf(code: string): string {
    return `(SELECT x.parents FROM terminology_concept AS x WHERE ${this.mine('x')} AND x.code = ${this.text(code)})::integer[]`;
  }

  private text(value: string): string {
    return this.parameters.add(value, 'text');
  }

  private texts(values: readonly string[]): string {
    return this.parameters.add(values, 'text[]');
  }
}
