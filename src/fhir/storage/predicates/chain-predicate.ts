import { type Chain, type Criterion, linksOf, type ReverseChain } from '../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { ownValues } from '../../../r4/search/index/own-entries.js';
import type { CriteriaScope } from './criteria-scope.js';
import { leadingParts } from '../searching/leading-code.js';
import { tenant } from '../session/tenant-parameter.js';
import { wholeRowsOf } from '../partitions.js';
import { selectsFew } from './selects-few.js';

/** Compiles the criteria of rows. */
export type JudgeRows = (criteria: readonly Criterion[], row: string, scope: CriteriaScope) => string;

type Link = Chain | ReverseChain;

/**
 * The SQL condition that something at the other end of the reference satisfies the criteria, looked for from `row`: for
 * few rows.
 */
export function linkExists(link: Link, row: string, scope: CriteriaScope, judge: JudgeRows): string {
  const isNested = scope.isOfRecord === true && linksOf(link.criteria).length > 0;
  const compiler = new LinkCompiler(link, row, { ...scope, linksFrom: isNested ? 'far-ends' : 'rows' }, judge);
  const exists = link.kind === 'chain' ? compiler.targetOfRow() : compiler.referrerOfRow();
  return link.byUrl ? `(${exists} OR ${compiler.existsByUrl()})` : exists;
}

/**
 * A query of the ids of all rows that it holds for, which starts at the other end: a search of an index for each resource
 * found there. Where many are found there it takes its time; no index serves such a question.
 */
export function linkedIds(link: Link, row: string, scope: CriteriaScope, judge: JudgeRows): string {
  const compiler = new LinkCompiler(link, row, { ...scope, linksFrom: 'far-ends' }, judge);
  const ids = link.kind === 'chain' ? compiler.rowsOfTargets() : compiler.targetsOfReferrers();
  return link.byUrl ? `${ids} UNION ALL ${compiler.idsByUrl()}` : ids;
}

/** The far ends of a link that no url makes, looked up first where they may turn out to be few. */
export interface FarEnds {
  /** A query of their ids; of a reverse chain, of the ids that they refer to. */
  readonly ids: () => string;
  /** A query of the ids of rows that it holds for, `found`: the name of what the other query found. */
  readonly nearOf: (found: string) => string;
  /**
   * Of a chain: a query of the same ids in their order, those that satisfy conditions on `id`. Each row is looked at, from the first: of many ends
   * the next one is near, and the planner cannot collect and sort them all. `most` rows are looked at, all without it.
   */
  readonly inOrder?: (direction: 'ASC' | 'DESC', ahead: readonly string[], most?: number) => string;
}

export function farEnds(link: Link, row: string, scope: CriteriaScope, judge: JudgeRows): FarEnds {
  const compiler = new LinkCompiler(link, row, { ...scope, linksFrom: 'far-ends' }, judge);
  if (link.kind === 'has')
    return { ids: () => compiler.firstTargetsOfReferrers(), nearOf: (found) => `SELECT id FROM ${found}` };
  return {
    ids: () => compiler.firstTargets(),
    nearOf: (found) => compiler.rowsOf(found),
    inOrder: (direction, ahead, most) => compiler.targetsInOrder(direction, ahead, most),
  };
}

/** Compiles one reference in both directions: `other` is the row at the far end of it, within reach. */
class LinkCompiler {
  private readonly other: string;
  private readonly near: string;
  private readonly table: string;

  constructor(
    private readonly link: Link,
    private readonly row: string,
    private readonly scope: CriteriaScope,
    private readonly judge: JudgeRows,
  ) {
    this.other = `${row}x`;
    this.near = `${row}n`;
    this.table = `${wholeRowsOf(link.type)} AS ${this.other}`;
  }

  targetOfRow(): string {
    const start = this.bind(this.entryStart(this.link.type));
    return (
      `EXISTS (SELECT FROM unnest(${this.row}.val) AS entry JOIN ${this.table} ` +
      `ON ${this.other}.id = ${after(start, 'entry')} WHERE starts_with(entry, ${start}) AND ${this.judged()})`
    );
  }

  /** `OFFSET 0` keeps it a look into the index for each row: as a join, all that is judged would be compared with each. */
  referrerOfRow(): string {
    const entry = `${this.bind(this.entryStart(this.link.from))} || ${this.row}.id`;
    return `EXISTS (SELECT FROM ${this.table} WHERE ${this.judged()} AND ${holds(this.other, entry)} OFFSET 0)`;
  }

  /** Either holds the url of the other. */
  existsByUrl(): string {
    const [own, its] = this.urlCodes();
    const start = this.bind(startOf(own));
    const { entry, hash } = this.ofUrl(its, after(start, 'entry'));
    return (
      `EXISTS (SELECT FROM unnest(${this.row}.val) AS entry JOIN ${this.table} ` +
      `ON ${holds(this.other, entry, hash)} ` +
      `WHERE starts_with(entry, ${start}) AND ${this.judged()})`
    );
  }

  /** Selects the ids of targets; the caller wants only the first. */
  firstTargets(): string {
    return this.parts()
      .map((judged) => `SELECT ${this.other}.id FROM ${this.table} WHERE ${judged}`)
      .join(' UNION ALL ');
  }

  /** The end of the subquery keeps it a walk along the primary key. */
  targetsInOrder(direction: 'ASC' | 'DESC', ahead: readonly string[], most?: number): string {
    const { other, link } = this;
    const conditions = [ofType('one', this.bind(link.type)), ...ahead].join(' AND ');
    const walked = `SELECT * FROM ${wholeRowsOf(link.type)} AS one WHERE ${conditions} ORDER BY id ${direction} ${most === undefined ? 'OFFSET 0' : `LIMIT ${most}`}`;
    return `SELECT ${other}.id FROM (${walked}) AS ${other} WHERE ${this.judged()}`;
  }

  /** Selects the ids that referrers name; the caller wants only the first. */
  firstTargetsOfReferrers(): string {
    return this.parts()
      .map((judged) => this.targetsOfReferrers(judged))
      .join(' UNION ALL ');
  }

  rowsOf(found: string): string {
    const entry = `${this.bind(this.entryStart(this.link.type))} || ${this.other}.id`;
    return `SELECT ${this.near}.id FROM ${found} AS ${this.other} ${this.rows(entry)}`;
  }

  rowsOfTargets(): string {
    const entry = `${this.bind(this.entryStart(this.link.type))} || ${this.other}.id`;
    return `SELECT ${this.near}.id FROM ${this.table} ${this.rows(entry)} WHERE ${this.judged()}`;
  }

  targetsOfReferrers(judged = this.judged()): string {
    const start = this.bind(this.entryStart(this.link.from));
    return (
      `SELECT ${after(start, 'entry')} AS id FROM ${this.table} CROSS JOIN LATERAL unnest(${this.other}.val) AS entry ` +
      `WHERE starts_with(entry, ${start}) AND ${judged}`
    );
  }

  idsByUrl(): string {
    const [own, its] = this.urlCodes();
    const start = this.bind(startOf(its));
    const { entry, hash } = this.ofUrl(own, after(start, 'entry'));
    return (
      `SELECT ${this.near}.id FROM ${this.table} CROSS JOIN LATERAL unnest(${this.other}.val) AS entry ` +
      `${this.rows(entry, hash)} WHERE starts_with(entry, ${start}) AND ${this.judged()}`
    );
  }

  /**
   * Rows of the near type that hold the entry: an index finds the hash, the entry itself decides. `OFFSET 0` keeps the
   * order: first what is judged at the other end, then one look into the index for each.
   */
  private rows(entry: string, hash = ownHash(entry)): string {
    const { near, scope } = this;
    const key = `${near}k`;
    // They are judged again; a record need not collect what others refer to.
    const within = scope.isOfRecord ? ` AND ${scope.reach(this.link.from, 'n')}` : '';
    return (
      `CROSS JOIN LATERAL (SELECT ARRAY[${hash}] AS hash, ARRAY[${entry}] AS entries OFFSET 0) AS ${key} ` +
      `CROSS JOIN LATERAL (SELECT n.id FROM ${wholeRowsOf(this.link.from)} AS n WHERE ${ofType('n', this.bind(this.link.from))} ` +
      `AND n.tok @> ${key}.hash AND n.val @> ${key}.entries${within} OFFSET 0) AS ${near}`
    );
  }

  /** Instead of an OR on codes, for which an index would be read to the end before the first row comes out. */
  private parts(): readonly string[] {
    const { type, criteria } = this.link;
    const scope = { ...this.scope, leadingCodesOf: type };
    for (const one of criteria.some(selectsFew) ? [] : criteria) {
      const parts = one.kind === 'filter' ? leadingParts(one.filter, this.other, scope) : undefined;
      if (!parts) continue;
      const others = this.judged(criteria.filter((other) => other !== one));
      return parts.map((part) => `${part} AND ${others}`);
    }
    return [this.judged()];
  }

  private judged(criteria = this.link.criteria): string {
    const { other, scope } = this;
    const areFew = scope.linksFrom === 'rows' || scope.isOfRecord;
    const conditions = [
      ofType(other, this.bind(this.link.type)),
      `NOT ${other}.deleted`,
      scope.reach(this.link.type, other),
      this.judge(criteria, other, { ...scope, leadingCodesOf: areFew ? undefined : this.link.type }),
    ];
    return conditions.filter((condition) => condition !== 'true').join(' AND ');
  }

  /** Returns the start of entries that refer to resources of the type. */
  private entryStart(type: string): string {
    return `${startOf(this.link.parameter)}${type}/`;
  }

  /** Returns the parameters whose entries hold the urls: that of the row, and that at the other end. */
  private urlCodes(): readonly [string, string] {
    const { kind, parameter } = this.link;
    return kind === 'chain' ? [parameter, 'url'] : ['url', parameter];
  }

  /** The entry of the parameter with a url, which resources may have by the look of an id, and its hash. */
  private ofUrl(parameter: string, url: string): { readonly entry: string; readonly hash: string } {
    const entry = `${this.bind(startOf(parameter))} || ${url}`;
    const isOwn = `${url} ~ ${this.bind(ownValues(parameter).source)}`;
    return { entry, hash: `CASE WHEN ${isOwn} THEN ${ownHash(entry)} ELSE lanyard_token(${entry}) END` };
  }

  private bind(text: string): string {
    return this.scope.parameters.add(text, 'text');
  }
}

const startOf = (parameter: string): string => parameter + unitSeparator;

const after = (start: string, entry: string): string => `substr(${entry}, char_length(${start}) + 1)`;

const ofType = (row: string, type: string): string => `${row}.tenant = ${tenant} AND ${row}.type = ${type}`;

/** Of an entry that names one thing, as any with type and id does. */
const ownHash = (entry: string): string => `lanyard_own_token(${tenant}, ${entry})`;

const holds = (row: string, entry: string, hash = ownHash(entry)): string =>
  `${row}.tok @> ARRAY[${hash}] AND ${row}.val @> ARRAY[${entry}]`;
