import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { isObject, parseJson } from '../../../r4/json/json.js';
import { readConsent } from '../../../r4/consent/read-consent.js';
import { rulesOf } from '../../../r4/search/values/time-zone.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import { tenant } from '../session/tenant-parameter.js';
import { tableOf } from '../partitions.js';
import { SqlSession } from '../session/sql-session.js';
import { replaceRules } from './store-consents.js';

/** Grows when the same Consent is read differently: then all are read anew. */
const revision = 1;

/** Consents of one batch; each batch is a transaction. */
const batchRows = 200;

/**
 * Reads stored Consents into `consent_rule` while the server starts, before it answers anything: those of an older version,
 * or all when they, or dates without a zone, are read differently by now. A start that was cut off goes on where it was.
 */
@Injectable()
export class ConsentReadings implements OnApplicationBootstrap {
  private readonly logger = new Logger(ConsentReadings.name);
  private readonly session: SqlSession;

  constructor(
    session: SqlSession,
    private readonly indexer: ResourceIndexer,
  ) {
    this.session = session.unlimited;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.session.count({
      text:
        `UPDATE consent_reading SET revision = $1::integer, time_zone = $2::text, at_id = '' ` +
        `WHERE tenant = ${tenant} AND (revision < $1::integer OR time_zone <> $2::text)`,
      values: [revision, rulesOf(this.indexer.settings.timeZone)],
    });
    let read = 0;
    for (let batch: number | undefined = 0; batch !== undefined; read += batch ?? 0) batch = await this.readBatch();
    if (read > 0) this.logger.log(`Read ${read} stored Consents.`);
  }

  /** Returns the number of Consents read; undefined when all are. Servers that start together take turns. */
  private readBatch(): Promise<number | undefined> {
    return this.session.transaction(async (tx) => {
      const [state] = await tx.rows<{ at_id: string | null }>({
        text: `SELECT at_id FROM consent_reading WHERE tenant = ${tenant} FOR UPDATE`,
        values: [],
      });
      const from = state?.at_id ?? null;
      if (from === null) return undefined;
      // Locked, so that none is replaced between its reading and the storing of its rules.
      const rows = await tx.rows<{ id: string; body: string }>({
        text:
          `SELECT id, body FROM ${tableOf('Consent')} WHERE tenant = ${tenant} AND type = 'Consent' ` +
          `AND id > ($1::text COLLATE "C") ORDER BY id LIMIT ${batchRows} FOR NO KEY UPDATE`,
        values: [from],
      });
      await replaceRules(
        tx,
        rows.map(({ id, body }) => this.read(id, body)),
      );
      await tx.count({
        text: `UPDATE consent_reading SET at_id = nullif($1::text, '') WHERE tenant = ${tenant}`,
        values: [rows.at(-1)?.id ?? ''],
      });
      return rows.length;
    });
  }

  private read(id: string, body: string) {
    const resource = body === '' ? undefined : parseJson(body);
    const { enforced } = isObject(resource) ? readConsent(resource, this.indexer.settings) : {};
    return { id, ...(enforced && { enforced }) };
  }
}
