import { tenant } from '../../session/tenant-parameter.js';
import { wholeRowsOf } from '../../partitions.js';
import type { Statement } from '../../session/statement.js';

/** Events of one call of a sink. */
export const mostEvents = 100;

export type DeliveryRow = { readonly position: string };

/** A sink that is new gets what happens from now on. */
export const beginDelivery = (sink: string): Statement => ({
  isPrepared: true,
  text:
    `INSERT INTO audit_delivery (tenant, sink, position) SELECT tenant, $1, position FROM audit_chain WHERE tenant = ${tenant} ` +
    `ON CONFLICT DO NOTHING`,
  values: [sink],
});

export const lockDelivery = (sink: string): Statement => ({
  isPrepared: true,
  text: `SELECT position FROM audit_delivery WHERE tenant = ${tenant} AND sink = $1 FOR UPDATE SKIP LOCKED`,
  values: [sink],
});

/** Events that AUDIT_RETENTION has erased meanwhile are passed over. */
export const nextEvents = (after: string): Statement => ({
  isPrepared: true,
  text:
    `SELECT s.position, s.id, s.recorded, r.body FROM audit_seal AS s JOIN ${wholeRowsOf('AuditEvent')} AS r ` +
    `ON r.tenant = s.tenant AND r.type = 'AuditEvent' AND r.id = s.id ` +
    `WHERE s.tenant = ${tenant} AND s.position > $1::bigint ORDER BY s.position LIMIT ${mostEvents}`,
  values: [after],
});

export const moveDelivery = (sink: string, position: number): Statement => ({
  isPrepared: true,
  text: `UPDATE audit_delivery SET position = $2::bigint WHERE tenant = ${tenant} AND sink = $1`,
  values: [sink, position],
});
