import { LRUCache } from 'lru-cache';
import { entriesUpTo } from '../../../../auth/entries-up-to.js';
import type { Access } from '../../../../scope/access.js';
import type { Following } from '../../../../r4/search/query/search-request.js';
import { confirm, judgedTargets } from '../../accesses.js';
import type { WithoutConsents } from '../../consent/without-consents.js';
import { type CountedRow, withinBytes } from '../../reading/within-bytes.js';
import type { SqlSession } from '../../session/sql-session.js';
import { isNothing } from '../../session/where-holds.js';
import { type IncludeRequest, includeStatement } from '../include-statement.js';
import type { LinkedVersion } from '../linked-version.js';
import type { AccessTo, SearchTarget } from '../search-groups.js';
import type { PageRow } from '../search-page.js';
import { type PageOf, searchStatement } from '../search-statement.js';
import { type Attempt, attemptStatement } from './attempt.js';
import { fewOfDays } from './few-of-days.js';
import { fewOfNames } from './few-of-names.js';
import { fewReferring } from './few-referring.js';
import { firstInOrder } from './first-in-order.js';
import { firstOfPatients } from './first-of-patients.js';
import { firstReferred } from './first-referred.js';
import { type Ahead, ReadAhead, type RowAhead, statementAhead } from './read-ahead.js';

interface Asked {
  readonly targets: readonly SearchTarget[];
  readonly page: PageOf;
  readonly accessTo: AccessTo;
  /** Bytes of content after which no more rows come. */
  readonly bytes?: number | undefined;
  readonly following?: Following | undefined;
}

/** The rows of a page, and their first level of includes where all of it was read with them. */
interface Found {
  readonly rows: readonly PageRow[];
  readonly included?: readonly (LinkedVersion & CountedRow)[] | undefined;
}

interface Level extends IncludeRequest {
  /** To the types of the lookups. */
  readonly accesses: readonly Access<'s'>[];
  readonly accessTo: AccessTo;
}

const mostFailures = 2000;
/** ms after which data may have changed enough for another attempt. */
const rememberedFor = 600_000;
const longestKey = 500;

/** Finds pages: by the first attempt that fits, did not fail lately and tells, by the statement that always tells otherwise. */
export class Pages {
  private readonly readAhead = new ReadAhead();
  private madeFailed: LRUCache<string, true> | undefined;

  constructor(private readonly withoutConsents: WithoutConsents) {}

  /** Reads a page and, where the types of its includes are known, their first level in the same statement (docs/adr/0163). */
  async found(session: SqlSession, asked: Asked): Promise<Found> {
    const { following, targets, accessTo, page } = asked;
    const [target, ...others] = targets;
    if (!following || !target || others.length > 0) return { rows: await this.rows(session, asked) };
    const { type } = target.access;
    const ahead = this.readAhead.of(type, following, accessTo);
    if (ahead) await confirm(ahead.accesses);
    const found = await this.rows(session, asked, ahead);
    const rows = found.filter(({ included }) => included !== true);
    const cameAlong = found[0]?.included !== undefined;
    const came = ahead && cameAlong ? { ...ahead, rows: found.filter(({ included }) => included === true) } : undefined;
    return { rows, included: this.readAhead.included({ ...following, type }, rows.slice(0, page.count), came) };
  }

  private async rows(session: SqlSession, asked: Asked, ahead?: Ahead): Promise<RowAhead[]> {
    const { targets, page, accessTo, bytes } = asked;
    const accesses = [...targets.map(({ access }) => access), ...(ahead?.accesses ?? [])];
    return (
      (await this.tried(session, asked)) ??
      this.withoutConsents.rows<RowAhead>(session, accesses, (judged) => {
        const alone = searchStatement(judgedTargets(targets, judged), page, (type) => judged(accessTo(type)));
        const judgedAhead = ahead && { ...ahead, accesses: ahead.accesses.map(judged) };
        const both = judgedAhead && bytes !== undefined && statementAhead(alone, page, judgedAhead, bytes);
        return both || withinBytes(alone, bytes);
      })
    );
  }

  /** Rows of one level of includes. */
  included(session: SqlSession, { accesses, accessTo, ...request }: Level): Promise<(LinkedVersion & CountedRow)[]> {
    return this.withoutConsents.rows<LinkedVersion & CountedRow>(session, accesses, (judged) =>
      withinBytes(
        includeStatement(request, (type) => judged(accessTo(type))),
        request.bytes,
      ),
    );
  }

  /** The attempts that fit a search of one type, in their order, made as they are asked for; none while some Consent is known to deny something. */
  *attempts({ targets: [target, ...others], page, accessTo }: Asked): Generator<Attempt, void, undefined> {
    if (!target || others.length > 0) return;
    const lift = this.withoutConsents.lift([target.access]);
    if (!lift) return;
    const group = { ...target, access: lift.judged(target.access), types: [target.access.type] };
    for (const kind of kinds) {
      const attempt = kind(group, page, (type) => lift.judged(accessTo(type)));
      if (!attempt) continue;
      const premise = [lift.premise ?? [], attempt.premise ?? []].flat().join(' AND ');
      yield { ...attempt, ...(premise !== '' && { premise }) };
    }
  }

  private async tried(session: SqlSession, asked: Asked): Promise<PageRow[] | undefined> {
    for (const attempt of this.attempts(asked)) {
      const { key } = attempt;
      if (key !== undefined && this.failed.has(key)) continue;
      const found = pageOf(attempt, await session.rows<PageRow>(attemptStatement(attempt, asked.bytes)));
      if (found) return found;
      if (key !== undefined && key.length <= longestKey) this.failed.set(key, true);
    }
    return undefined;
  }

  private get failed(): LRUCache<string, true> {
    return (this.madeFailed ??= new LRUCache({ ...entriesUpTo(mostFailures), ttl: rememberedFor }));
  }
}

/** In the order in which they are tried. */
const kinds = [fewOfDays, fewOfNames, firstReferred, fewReferring, firstOfPatients, firstInOrder] as const;

/** Returns the page; undefined where the attempt failed. */
function pageOf({ premise, isComplete }: Attempt, found: PageRow[]): PageRow[] | undefined {
  const [first] = found;
  if (premise !== undefined && !first) return undefined;
  const rows = premise !== undefined && first && isNothing(first) ? [] : found;
  return (isComplete?.(rows) ?? true) ? rows : undefined;
}
