import { criterionKey, type ReverseChain, typesOf } from '../../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { tableOf } from '../../partitions.js';
import { criteriaPredicate } from '../../predicates/criterion-predicate.js';
import { reachPredicate } from '../../predicates/predicate.js';
import { isCut } from '../../reading/within-bytes.js';
import { tenant } from '../../session/tenant-parameter.js';
import { opensRecord } from '../along-patients.js';
import { findLinked, without } from '../far-ends.js';
import { ofSeveral, onlyPatient, patientIndexes } from '../indexed-orders.js';
import { linkedVersion } from '../linked-version.js';
import { type AccessTo, type PageCompiler, type SearchGroup, selectMatches } from '../search-groups.js';
import type { PageRow } from '../search-page.js';
import { compilerOf, type PageOf } from '../search-statement.js';
import type { Attempt } from './attempt.js';

/** Patients that are looked at in their order, and rows of each. */
const mostPatients = 150;
const mostRows = 200;

/** A Patient of which {@link mostRows} rows did not tell. */
type ReferredRow = PageRow & { readonly unsure?: boolean };

/**
 * Patients whom something refers to, as `_has:Observation:patient:code=` asks for them, along their ids: of a value that many have, the first patients
 * fill the page. Undefined where another index serves better, and for a caller who is limited.
 */
export function firstReferred(group: SearchGroup, page: PageOf, accessTo: AccessTo): Attempt | undefined {
  if (!page.order.isById || !group.access.unrestricted) return undefined;
  const link = linkOf(group);
  if (!link) return undefined;
  const compiler = compilerOf(page, accessTo);
  const { order, limit, parameters, linkCodes, withoutContent } = compiler;
  const walk = new ReferredWalk(link, compiler);
  const columns = `${linkedVersion('r', linkCodes, parameters, withoutContent)}, referred.holds IS NULL AS unsure`;
  const found = selectMatches({ ...without(group, link), source: walk.source }, columns, compiler, [
    'referred.holds IS NOT FALSE',
  ]);
  return {
    key: order.place ? undefined : group.criteria.map(criterionKey).join(),
    statement: {
      text: `WITH ${walk.several} ${found} LIMIT ${limit}`,
      values: parameters.values,
      isPlannedOnce: true,
    },
    isComplete: (rows: readonly ReferredRow[]) =>
      (rows.length > page.count || isCut(rows)) && !rows.some(({ unsure }) => unsure),
    when: `first, where the first ${mostPatients} Patients fill the page`,
  };
}

/** The link to Patients that decides where to start, from a type that an index has patient by patient. */
function linkOf(group: SearchGroup): ReverseChain | undefined {
  if (group.types[0] !== 'Patient') return undefined;
  const criterion = findLinked(group)?.criterion;
  if (criterion?.kind !== 'has' || !group.criteria.includes(criterion)) return undefined;
  const { type, parameter, criteria } = criterion;
  const isNear = patientIndexes.has(type) && opensRecord(type, parameter) && typesOf(criteria).size === 0;
  return isNear ? criterion : undefined;
}

/** Patients in their order, and whether something of theirs `refers` to each: true, false, or null where too many rows would have to be read. */
class ReferredWalk {
  private readonly table: string;
  private readonly entry: string;
  private readonly judged: string;

  constructor(
    { type, parameter, criteria }: ReverseChain,
    private readonly compiler: PageCompiler,
  ) {
    const { parameters, accessTo } = compiler;
    const reach = reachPredicate(accessTo, parameters);
    this.table = `${tableOf(type)} AS rx`;
    this.entry = parameters.add(`${parameter}${unitSeparator}Patient/`, 'text');
    this.judged = [reach(type, 'rx'), criteriaPredicate(criteria, 'rx', { parameters, reach, linksFrom: 'rows' })]
      .filter((condition) => condition !== 'true')
      .join(' AND ');
  }

  /** Rows in the records of several patients, up to one more than are looked at. */
  get several(): string {
    return `several AS MATERIALIZED (${this.rowsOf(ofSeveral.sql)} LIMIT ${mostRows + 1})`;
  }

  get source(): string {
    const { order, parameters } = this.compiler;
    const conditions = [
      `one.tenant = ${tenant}`,
      `one.type = ${parameters.add('Patient', 'text')}`,
      'NOT one.deleted',
      ...order.position('one', parameters),
    ];
    const patients =
      `SELECT * FROM ${tableOf('Patient')} AS one WHERE ${conditions.join(' AND ')} ` +
      `${order.orderByValues('one')} LIMIT ${mostPatients}`;
    return `(${patients}) AS r CROSS JOIN LATERAL (${this.holds} OFFSET 0) AS referred`;
  }

  /** The index finds the patient, the exact entry decides. Rows are read once, up to the first that refers or the first too many. */
  private get holds(): string {
    const own =
      `SELECT nth FROM (SELECT *, row_number() OVER () AS nth FROM (${this.rowsOf('r.id')} LIMIT ${mostRows + 1}) AS own) AS rx ` +
      `WHERE nth > ${mostRows} OR (${this.judged} AND rx.val @> ARRAY[${this.entry} || r.id]) LIMIT 1`;
    const named =
      `SELECT substr(entry, char_length(${this.entry}) + 1) FROM several AS rx CROSS JOIN LATERAL unnest(rx.val) AS entry ` +
      `WHERE starts_with(entry, ${this.entry}) AND ${this.judged}`;
    const isReferred = `first.nth <= ${mostRows} OR r.id = ANY (ARRAY(${named}))`;
    const isMore = `first.nth > ${mostRows} OR (SELECT count(*) FROM several) > ${mostRows}`;
    return (
      `SELECT CASE WHEN ${isReferred} THEN true WHEN ${isMore} THEN NULL ELSE false END AS holds ` +
      `FROM (SELECT (${own}) AS nth OFFSET 0) AS first`
    );
  }

  private rowsOf(patient: string): string {
    return `SELECT * FROM ${this.table} WHERE rx.tenant = ${tenant} AND NOT rx.deleted AND ${onlyPatient('rx')} = ${patient}`;
  }
}
