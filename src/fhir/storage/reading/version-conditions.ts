import type { Access } from '../../../scope/access.js';
import type { HistoryRequest, VersionPlace } from '../../../r4/search/query/history-request.js';
import { nextMicrosecond, wholeMicroseconds } from '../../../r4/search/values/date-interval.js';
import { tenant } from '../session/tenant-parameter.js';
import { accessPredicate } from '../predicates/predicate.js';
import type { BindParameters } from '../session/statement.js';

/** Tables of versions: current ones with tombstones, and superseded ones. */
export interface VersionTables {
  readonly current: string;
  readonly superseded: string;
}

/** Tables of versions, and how the rows of one resource are found in them. */
export interface VersionSource extends VersionTables {
  /** Ties an alias to the resource of `row`, apart from the tenant. */
  readonly sameResource: (alias: string, row: string) => string;
}

/**
 * Conditions of the versions that a history shows: each judged by its content, none unless the resource is in reach.
 */
export class VersionConditions {
  constructor(
    private readonly access: Access<'r' | 's'>,
    private readonly source: VersionSource,
    private readonly request: HistoryRequest,
    private readonly parameters: BindParameters,
  ) {}

  /** Conditions on a row of the current versions. */
  current(row: string): readonly string[] {
    return [this.judged(row), ...this.times(row)];
  }

  /** Conditions on a row of the superseded ones. */
  superseded(row: string): readonly string[] {
    const { at } = this.request;
    return [
      this.judged(row),
      ...(this.access.unrestricted ? [] : [this.withinReachNow(row)]),
      ...this.times(row),
      ...(at ? [`${this.replacedAt(row)} > ${this.time(wholeMicroseconds(at.low))}`] : []),
    ];
  }

  /**
   * True if the version follows a deletion. One that is hidden tells nothing, so the version looks like an update. `OFFSET 0` has each version looked up:
   * the planner might read all of the table at once instead.
   */
  revived(row: string): string {
    const before = `${this.resource('older', row)} AND older.version = ${row}.version - 1 AND older.deleted`;
    return `EXISTS (SELECT FROM ${this.source.superseded} AS older WHERE ${before} AND ${this.judged('older')} OFFSET 0)`;
  }

  private judged(row: string): string {
    return accessPredicate(this.access, row, this.parameters);
  }

  private withinReachNow(row: string): string {
    return (
      `EXISTS (SELECT FROM ${this.source.current} AS latest ` +
      `WHERE ${this.resource('latest', row)} AND ${this.judged('latest')})`
    );
  }

  private times(row: string): readonly string[] {
    const { since, at } = this.request;
    return [
      ...(since === undefined ? [] : [`${row}.updated >= ${this.time(nextMicrosecond(since))}`]),
      ...(at ? [`${row}.updated < ${this.time(nextMicrosecond(at.high))}`] : []),
    ];
  }

  /** Instant of the next version that the caller sees: hidden ones must not show through `_at`. */
  private replacedAt(row: string): string {
    const { current, superseded } = this.source;
    return (
      `coalesce((SELECT newer.updated FROM ${superseded} AS newer WHERE ${this.resource('newer', row)} ` +
      `AND newer.version > ${row}.version AND ${this.judged('newer')} ORDER BY newer.version LIMIT 1), ` +
      `(SELECT newest.updated FROM ${current} AS newest WHERE ${this.resource('newest', row)}))`
    );
  }

  private resource(alias: string, row: string): string {
    return `${alias}.tenant = ${tenant} AND ${this.source.sameResource(alias, row)}`;
  }

  private time(microseconds: bigint): string {
    return `timestamptz 'epoch' + ${this.parameters.add(String(microseconds), 'bigint')} * interval '1 microsecond'`;
  }
}

/** The columns of a {@link StoredVersion}, as they are stored. */
export const versionColumns = (row: string): string =>
  ['type', 'id', 'version', 'updated', 'deleted', 'body', 'method'].map((name) => `${row}.${name}`).join(', ');

/** From where a page is walked, and which way; a page before a place is read backwards. */
export interface Walk {
  readonly direction: 'ASC' | 'DESC';
  readonly from?: VersionPlace;
  /** Compares a row that lies ahead with `from`. */
  readonly ahead: '<' | '>';
}

export function walkOf({ newestFirst, after, before }: HistoryRequest): Walk {
  const from = after ?? before;
  const isDescending = newestFirst === (before === undefined);
  return { ...(isDescending ? descending : ascending), ...(from && { from }) };
}

const descending = { direction: 'DESC', ahead: '<' } as const;
const ascending = { direction: 'ASC', ahead: '>' } as const;
