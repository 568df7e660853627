import { Injectable } from '@nestjs/common';
import type { OwnAudit } from '../../../scope/own-audit.js';
import { isObject, type JsonObject, parseJson } from '../../model/json.js';
import { type RefusedCaller, refusedEntry } from '../../search/index-audit.js';
import { SearchDefinitions } from '../custom/search-definitions.js';
import { tableOf, tenant } from '../partitions.js';
import { grantsPredicate } from '../predicate.js';
import { SqlSession } from '../sql-session.js';
import { BindParameters, type Statement } from '../statement.js';
import { lastUpdated } from '../stored-version.js';
import { AuditSealer } from './audit-sealer.js';

/** The place of an AuditEvent, the newest first. */
export interface EventPlace {
  /** Instant with milliseconds. */
  readonly recorded: string;
  readonly id: string;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly lastUpdated: string;
  readonly body: string;
}

const ofEvents = `FROM ${tableOf('AuditEvent')} AS r WHERE r.tenant = ${tenant} AND r.type = 'AuditEvent' AND NOT r.deleted`;
const newestFirst = 'ORDER BY r.updated DESC, r.id DESC LIMIT';

/** AuditEvents for those who may not read them: what concerns themselves. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly session: SqlSession,
    private readonly sealer: AuditSealer,
    private readonly definitions: SearchDefinitions,
  ) {}

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

  /** Whole AuditEvents of one record, with their places; to be shown in part only. */
  async ofRecord(
    own: OwnAudit,
    { most, after }: { readonly most: number; readonly after?: EventPlace | undefined },
  ): Promise<readonly (EventPlace & { readonly event: JsonObject })[]> {
    this.definitions.requireSearchable();
    await this.sealer.catchUp();
    const rows = await this.session.rows<Row>(recordStatement(own, most, after));
    return rows.map((row) => ({ id: row.id, recorded: row.lastUpdated, event: documentOf(row) }));
  }
}

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
