import { type AuditRecord, newRecord } from '../../../audit/audit-record.js';
import { tenant } from '../session/tenant-parameter.js';
import { tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import { appendStatement, entryOf } from './append-records.js';
import { lockChain } from './seal-records.js';
import { removeHeads } from './shared-heads.js';

/** AuditEvents of one transaction. */
const batchEvents = 1_000;

/**
 * Erases the oldest AuditEvents that are older than so many days, the first of the chain only, so that the rest stays one
 * chain; where it begins now, and that this happened, is kept. Returns how many were erased.
 */
export function eraseOldEvents(session: SqlSession, days: number): Promise<number> {
  return session.transaction(async (tx) => {
    await lockChain(tx, 'erase');
    const [last] = await tx.rows<{ position: string; hash: Buffer; erased: string }>({
      text: lastToErase,
      values: [days],
    });
    if (!last) return 0;
    await tx.count({ text: eraseEvents, values: [Number(last.position)] });
    await tx.count(removeHeads);
    await tx.count({
      text: `DELETE FROM audit_seal WHERE tenant = ${tenant} AND position <= $1::bigint`,
      values: [Number(last.position)],
    });
    await tx.count({
      text: `UPDATE audit_chain SET erased_position = $1::bigint, erased_hash = $2::bytea WHERE tenant = ${tenant}`,
      values: [Number(last.position), last.hash],
    });
    const erased = Number(last.position) - Number(last.erased);
    await tx.count(appendStatement([entryOf(recordOfErasure(erased, days))]));
    return erased;
  });
}

/** The last of the leading links that are all old enough; at most a batch. */
const lastToErase = `
  SELECT old.position, old.hash, chain.erased_position AS erased
  FROM audit_chain AS chain
  JOIN audit_seal AS old ON old.tenant = chain.tenant AND old.position <= chain.erased_position + ${batchEvents}
  WHERE chain.tenant = ${tenant} AND old.position < coalesce((
    SELECT min(kept.position) FROM audit_seal AS kept
    WHERE kept.tenant = ${tenant} AND kept.position <= chain.erased_position + ${batchEvents} + 1
      AND kept.recorded >= now() - make_interval(days => $1::integer)), chain.position + 1)
  ORDER BY old.position DESC LIMIT 1`;

const eraseEvents = `
  DELETE FROM ${tableOf('AuditEvent')} AS r USING audit_seal AS s
  WHERE s.tenant = ${tenant} AND s.position <= $1::bigint AND r.tenant = ${tenant} AND r.type = 'AuditEvent' AND r.id = s.id`;

const recordOfErasure = (erased: number, days: number): AuditRecord =>
  newRecord({ event: 'retention', outcome: '0', line: `ERASE ${erased} AuditEvents older than ${days} days` });
