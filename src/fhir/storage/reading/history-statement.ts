import type { Access } from '../../../scope/access.js';
import { grantsKey } from '../../../scope/grant.js';
import type { HistoryRequest } from '../../../r4/search/query/history-request.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf, wholeRows } from '../partitions.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { storedVersion } from './stored-version.js';
import { VersionConditions, versionColumns, type VersionTables, type Walk, walkOf } from './version-conditions.js';

/**
 * One page of the versions of one or more types, and the row that tells whether another follows. The order is (time,
 * type, id): the versions of one resource never share a time (next-version.ts).
 */
export function historyStatement(accesses: readonly Access<'s'>[], request: HistoryRequest): Statement {
  const parameters = new BindParameters();
  const walk = walkOf(request);
  const isPlannedOnce = isWalkOfAll(accesses, request);
  const limit = isPlannedOnce ? String(request.count + 1) : parameters.add(request.count + 1, 'integer');
  const groups = groupsOf(accesses).map((group) => new GroupSelect(group, request, parameters, limit).text());
  const tables = tablesOf(accesses.map(({ type }) => type));
  // Bodies are fetched for the versions of the page only.
  const stored = [tables.current, tables.superseded].map(
    (table) =>
      `SELECT ${versionColumns('v')} FROM ${table} AS v WHERE v.tenant = ${tenant} ` +
      `AND v.type = page.type AND v.id = page.id AND v.version = page.version`,
  );
  return {
    text:
      `SELECT ${storedVersion('v')}, page.revived FROM (${groups.join(' UNION ALL ')} ${orderOf(walk)} LIMIT ${limit}) ` +
      `AS page CROSS JOIN LATERAL (${stored.join(' UNION ALL ')}) AS v ${orderOf(walk, 'page.')}`,
    values: parameters.values,
    ...(isPlannedOnce && { isPlannedOnce }),
  };
}

/**
 * True if all versions of each type are walked in the order of time: the best plan for a page, whatever the values are. For a number of rows that it
 * does not see PostgreSQL would plan a tenth of the table (docs/adr/0102). With `_at`, rows are passed over until one was current then.
 */
const isWalkOfAll = (accesses: readonly Access<'s'>[], { at }: HistoryRequest): boolean =>
  at === undefined && accesses.every(({ unrestricted }) => unrestricted);

/** Types whose rows are judged alike: their accesses hold the same grants. */
interface Group {
  readonly types: readonly string[];
  readonly access: Access<'s'>;
}

function groupsOf(accesses: readonly Access<'s'>[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const access of accesses) {
    const key = grantsKey(access.grants);
    groups.set(key, { access, types: [...(groups.get(key)?.types ?? []), access.type] });
  }
  return [...groups.values()];
}

/** The partition that has all of the types, or the whole table. */
function tablesOf(types: readonly string[]): VersionTables {
  const [current, ...others] = new Set(types.map(tableOf));
  return current !== undefined && others.length === 0
    ? { current: wholeRows(current, types), superseded: historyTableOf(types[0]!) }
    : { current: wholeRows('resource', types), superseded: 'resource_history' };
}

const orderOf = ({ direction }: Walk, row = ''): string =>
  `ORDER BY ${['updated', 'type', 'id'].map((name) => `${row}${name} ${direction}`).join(', ')}`;

/** Selects where the first versions of a group are, in the order of the page. */
class GroupSelect {
  private readonly tables: VersionTables;
  private readonly conditions: VersionConditions;
  private readonly walk: Walk;

  constructor(
    private readonly group: Group,
    request: HistoryRequest,
    private readonly parameters: BindParameters,
    private readonly limit: string,
  ) {
    this.walk = walkOf(request);
    this.tables = tablesOf(group.types);
    this.conditions = new VersionConditions(group.access, { ...this.tables, sameResource }, request, parameters);
  }

  text(): string {
    return `(SELECT hit.*, ${this.conditions.revived('hit')} AS revived FROM (${this.hits()}) AS hit)`;
  }

  /**
   * The versions of one patient's record are few and lie scattered, so they are collected first; left alone, the planner
   * would walk the order through those of all others to find them.
   */
  private hits(): string {
    const { current, superseded } = this.tables;
    const first = `${orderOf(this.walk)} LIMIT ${this.limit}`;
    if (isSelective(this.group.access)) {
      const all = [
        this.collect('r', current, this.conditions.current('r')),
        this.collect('h', superseded, this.conditions.superseded('h')),
      ];
      return `WITH hits AS MATERIALIZED (${all.join(' UNION ALL ')}) SELECT * FROM hits ${first}`;
    }
    const ahead = [
      this.walkTypes('r', current, this.conditions.current('r')),
      this.walkTypes('h', superseded, this.conditions.superseded('h')),
    ];
    return `${ahead.join(' UNION ALL ')} ${first}`;
  }

  private collect(row: string, table: string, chosen: readonly string[]): string {
    const types = this.parameters.add(this.group.types, 'text[]');
    return (
      `SELECT ${placeColumns(row)} FROM ${table} AS ${row} WHERE ${row}.tenant = ${tenant} ` +
      `AND ${row}.type = ANY (${types}) AND ${[...chosen, ...this.position(row)].join(' AND ')}`
    );
  }

  private position(row: string): readonly string[] {
    const { from, ahead } = this.walk;
    if (!from) return [];
    const place = [
      this.parameters.add(from.lastUpdated, 'timestamptz'),
      this.parameters.add(from.type, 'text'),
      this.parameters.add(from.id, 'text'),
    ];
    return [`(${row}.updated, ${row}.type, ${row}.id) ${ahead} (${place.join(', ')})`];
  }

  /** Each type along its own index, no further than the page can reach: rows of types not asked for are never met. */
  private walkTypes(row: string, table: string, chosen: readonly string[]): string {
    const { direction, from, ahead } = this.walk;
    const types = this.parameters.add(this.group.types, 'text[]');
    const wanted = from
      ? `unnest(${types}, ${this.parameters.add(this.edges(from.type, from.id), 'text[]')}) AS wanted (type, edge)`
      : `unnest(${types}) AS wanted (type)`;
    const position = from
      ? [`(${row}.updated, ${row}.id) ${ahead} (${this.parameters.add(from.lastUpdated, 'timestamptz')}, wanted.edge)`]
      : [];
    return (
      `SELECT ${row}.* FROM ${wanted} CROSS JOIN LATERAL (SELECT ${placeColumns(row)} FROM ${table} AS ${row} ` +
      `WHERE ${row}.tenant = ${tenant} AND ${row}.type = wanted.type AND ${[...chosen, ...position].join(' AND ')} ` +
      `ORDER BY ${row}.updated ${direction}, ${row}.id ${direction} LIMIT ${this.limit}) AS ${row}`
    );
  }

  /** The id that each type starts from at the time of the position: those of later types come after it, whatever their id. */
  private edges(type: string, id: string): readonly string[] {
    const isLater = (one: string): boolean => (this.walk.ahead === '<' ? one < type : one > type);
    const takesAll = this.walk.ahead === '<' ? aboveIds : '';
    const takesNone = this.walk.ahead === '<' ? '' : aboveIds;
    return this.group.types.map((one) => (one === type ? id : isLater(one) ? takesAll : takesNone));
  }
}

/** Sorts after every id. */
const aboveIds = '~';

const sameResource = (alias: string, row: string): string => `${alias}.type = ${row}.type AND ${alias}.id = ${row}.id`;

const placeColumns = (row: string): string => `${row}.type, ${row}.id, ${row}.version, ${row}.updated`;

const isSelective = ({ grants }: Access<'s'>): boolean =>
  grants.every(({ within, only }) => within?.membership === 'compartment' || only !== undefined);
