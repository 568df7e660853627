import { Injectable } from '@nestjs/common';
import type { SearchRequest } from '../../../r4/search/query/search-request.js';
import type { Access } from '../../../scope/access.js';
import { judgedTargets, Readiness, weightOf } from '../accesses.js';
import { WithoutConsents } from '../consent/without-consents.js';
import { IndexColumns } from '../indexing/index-columns.js';
import { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { type AccessTo, groupTargets, type SearchTarget, selectMatches } from './search-groups.js';
import { pageOf, searchStatement } from './search-statement.js';
import { isOfRecord } from './selectivity.js';

/** A match with the index entries that were asked for, without its content. */
export interface MatchEntries {
  readonly id: string;
  readonly links: readonly string[];
}

/** A match that is kept, and the number of all that were looked at. */
export interface KeptMatch extends MatchEntries {
  readonly seen: number;
}

/** Facts about matches that searches tell without handing them out; access is decided as in searches that do. */
@Injectable()
export class SearchOverview {
  private readonly withoutConsents = new WithoutConsents();

  constructor(
    private readonly session: SqlSession,
    private readonly columns: IndexColumns,
    private readonly ready: Readiness,
  ) {}

  /** The number of matches of each type; of none it counts more than `most`. */
  async countByType(
    targets: readonly SearchTarget[],
    accessTo: AccessTo,
    most: number,
  ): Promise<ReadonlyMap<string, number>> {
    if (targets.length === 0) return new Map();
    const found = await this.rows<{ type: string; total: number }>(targets, accessTo, (judged, judge) =>
      countsStatement(judged, judge, most),
    );
    return new Map(found.map(({ type, total }) => [type, total]));
  }

  /**
   * Of the first matches of one type in the order of the request, the first `each` of those that have the same entries of its `linkCodes`; in
   * that order.
   */
  firstOfEach(
    target: SearchTarget,
    request: SearchRequest,
    accessTo: AccessTo,
    each: number,
  ): Promise<readonly KeptMatch[]> {
    const page = { ...pageOf([target], request, this.columns.slots), withoutContent: true } as const;
    return this.rows<KeptMatch & Record<string, unknown>>([target], accessTo, (judged, judge) =>
      firstOfEachStatement(searchStatement(judged, page, judge), each),
    );
  }

  private async rows<R extends Record<string, unknown>>(
    targets: readonly SearchTarget[],
    accessTo: AccessTo,
    compile: (judged: readonly SearchTarget[], judge: AccessTo) => Statement,
  ): Promise<R[]> {
    const accesses: readonly Access[] = targets.map(({ access }) => access);
    await this.ready.toSearch(accesses);
    const caller = { ...accesses[0]!.askedBy, weight: weightOf(targets) };
    const session = this.session.reading(caller, accesses.every(isOfRecord));
    return this.withoutConsents.rows<R>(session, accesses, (judged) =>
      compile(judgedTargets(targets, judged), (type) => judged(accessTo(type))),
    );
  }
}

/** Each type along its own index, no further than it counts. */
function countsStatement(targets: readonly SearchTarget[], accessTo: AccessTo, most: number): Statement {
  const parameters = new BindParameters();
  const limit = parameters.add(most, 'integer');
  const counts = groupTargets(targets, accessTo).map((group) => {
    const types = parameters.add(group.types, 'text[]');
    const matches = selectMatches({ ...group, typeOfWalk: 'wanted.type' }, '1', { parameters, accessTo });
    return (
      `SELECT wanted.type, (SELECT count(*) FROM (${matches} LIMIT ${limit}) AS hit)::float8 AS total ` +
      `FROM unnest(${types}) AS wanted (type)`
    );
  });
  return { text: counts.join(' UNION ALL '), values: parameters.values };
}

/** Windows without an order of their own take rows as they come: in the order of the search. */
function firstOfEachStatement({ text, values, ...rest }: Statement, each: number): Statement {
  const most = `$${values.length + 1}::integer`;
  const found = `SELECT id, links, row_number() OVER () AS at, (count(*) OVER ())::integer AS seen FROM (${text}) AS page`;
  const placed = `SELECT id, links, at, seen, row_number() OVER (PARTITION BY links ORDER BY at) AS place FROM (${found}) AS found`;
  return {
    ...rest,
    text: `SELECT id, links, seen FROM (${placed}) AS placed WHERE place <= ${most} ORDER BY at`,
    values: [...values, each],
  };
}
