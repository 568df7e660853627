import { Injectable } from '@nestjs/common';
import { ownPart, ownVersions } from '../../../audit/own-part.js';
import type { RequestCaller } from '../../../database/caller-shares.js';
import type { OwnAudit } from '../../../scope/own-audit.js';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { type RefusedCaller, refusedEntry } from '../../../r4/search/index/index-audit.js';
import { SearchDefinitions } from '../indexing/search-definitions.js';
import { tenant } from '../session/tenant-parameter.js';
import { wholeRowsOf } from '../partitions.js';
import { grantsPredicate } from '../predicates/predicate.js';
import { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { lastUpdated } from '../reading/stored-version.js';
import { AuditSealer } from './audit-sealer.js';
import { nameableVersions } from './nameable-versions.js';

/** The place of an AuditEvent, the newest first. */
export interface EventPlace {
  /** Instant with milliseconds. */
  readonly recorded: string;
  readonly id: string;
}

/** The part of an AuditEvent that concerns the patient who asks. */
export interface OwnEvent extends EventPlace {
  readonly part: JsonObject;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly lastUpdated: string;
  readonly body: string;
}

const ofEvents = `FROM ${wholeRowsOf('AuditEvent')} AS r WHERE r.tenant = ${tenant} AND r.type = 'AuditEvent' AND NOT r.deleted`;
const newestFirst = 'ORDER BY r.updated DESC, r.id DESC LIMIT';

/** AuditEvents for those who may not read them: what concerns themselves. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly session: SqlSession,
    private readonly sealer: AuditSealer,
    private readonly definitions: SearchDefinitions,
  ) {}

  /** A reader whose statements take the share of the caller. */
  for(caller: RequestCaller): AuditReader {
    return new AuditReader(this.session.for(caller), this.sealer, this.definitions);
  }

  /** The newest refusals of exactly this caller. */
  async refusalsOf(caller: RefusedCaller, most: number): Promise<readonly JsonObject[]> {
    this.definitions.requireSearchable();
    await this.sealer.catchUp();
    const parameters = new BindParameters();
    const entry = parameters.add(refusedEntry(caller), 'text');
    const rows = await this.session.rows<Row>({
      text:
        `SELECT r.body ${ofEvents} AND r.tok @> ARRAY[lanyard_token(${entry})] AND r.val @> ARRAY[${entry}] ` +
        `${newestFirst} ${parameters.add(most, 'integer')}`,
      values: parameters.values,
    });
    return rows.map(documentOf);
  }

  /** Parts of AuditEvents of one record that the patient may see, with their places; other events are left out. */
  async ofRecord(
    own: OwnAudit,
    { most, after }: { readonly most: number; readonly after?: EventPlace | undefined },
  ): Promise<readonly OwnEvent[]> {
    this.definitions.requireSearchable();
    await this.sealer.catchUp();
    const events: OwnEvent[] = [];
    for (let place = after; ;) {
      const rows = await this.session.rows<Row>(recordStatement(own, batchEvents, place));
      events.push(...(await this.disclosable(own, rows)));
      const last = rows.at(-1);
      // Pages are full whatever was left out: how much it was is nobody's business.
      if (events.length >= most || !last || rows.length < batchEvents) return events.slice(0, most);
      place = placeOf(last);
    }
  }

  private async disclosable(own: OwnAudit, rows: readonly Row[]): Promise<readonly OwnEvent[]> {
    const events = rows.map((row) => ({ place: placeOf(row), event: documentOf(row) }));
    const versions = events.flatMap(({ event }) => ownVersions(event, own.patient));
    const mayName = await nameableVersions(this.session, own, [`Patient/${own.patient}`, ...versions]);
    return events.flatMap(({ place, event }) => {
      const part = ownPart(event, own.patient, mayName);
      return part ? [{ ...place, part }] : [];
    });
  }
}

/** As many as the longest page has, and the one after it. */
const batchEvents = 201;

const placeOf = ({ id, lastUpdated: recorded }: Row): EventPlace => ({ id, recorded });

function recordStatement({ grants }: OwnAudit, most: number, after: EventPlace | undefined): Statement {
  const parameters = new BindParameters();
  const within = grantsPredicate(grants, 'r', parameters);
  const later = after
    ? ` AND (r.updated, r.id) < (${parameters.add(after.recorded, 'timestamptz')}, ${parameters.add(after.id, 'text')})`
    : '';
  return {
    text: `SELECT r.id, ${lastUpdated('r')}, r.body ${ofEvents} AND ${within}${later} ${newestFirst} ${parameters.add(most, 'integer')}`,
    values: parameters.values,
  };
}

function documentOf({ body }: Row): JsonObject {
  const document = parseJson(body);
  return isObject(document) ? document : {};
}
