import type { TenantLimits } from '../../../database/tenants/tenant-limits.js';
import type { Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Growth } from './growth.js';

/** Limits of the tenant, and what all of its servers have said that it stores. */
export interface UsageRow extends Record<string, unknown> {
  readonly limits: TenantLimits;
  readonly resources: number;
  readonly bytes: number;
  /** False until all rows were counted once. */
  readonly isCounted: boolean;
}

export const readUsage: Statement = {
  text:
    `SELECT t.limits, u.resources::float8 AS resources, u.bytes::float8 AS bytes, u.counted IS NOT NULL AS "isCounted" ` +
    `FROM tenant_usage AS u JOIN tenant AS t ON t.tenant = u.tenant WHERE u.tenant = ${tenant}`,
  values: [],
};

export const addUsage = ({ resources, bytes }: Growth): Statement => ({
  text: `UPDATE tenant_usage SET resources = resources + $1::bigint, bytes = bytes + $2::bigint WHERE tenant = ${tenant}`,
  values: [resources, bytes],
});

/** No more than `most` rows are looked at. */
export const countOpenJobs = (most: number): Statement => ({
  text: `SELECT count(*)::int AS open FROM (
    SELECT FROM job WHERE tenant = ${tenant} AND state <> 'done' LIMIT $1::integer) AS found`,
  values: [most],
});

/** Bytes of the files that exports, and imports for what failed, have left and nobody has removed. */
export const exportedBytes: Statement = {
  text: `SELECT coalesce(sum(size), 0)::float8 AS bytes FROM job_file WHERE tenant = ${tenant} AND kind <> 'input'`,
  values: [],
};

const isCountedType = `tenant = ${tenant} AND type <> 'AuditEvent'`;

/** Reads each row of the tenant. What is written meanwhile may be counted twice, or not at all. */
export const countUsage: Statement = {
  text: `UPDATE tenant_usage SET counted = now(), resources = found.resources, bytes = found.bytes FROM (
    SELECT now.resources, now.bytes + before.bytes + contents.bytes AS bytes FROM
      (SELECT count(*) FILTER (WHERE NOT deleted) AS resources, coalesce(sum(octet_length(body)), 0)::bigint AS bytes
        FROM resource WHERE ${isCountedType}) AS now,
      (SELECT coalesce(sum(octet_length(body)), 0)::bigint AS bytes FROM resource_history WHERE ${isCountedType}) AS before,
      (SELECT coalesce(sum(size), 0)::bigint AS bytes FROM (
        SELECT DISTINCT content_id, size FROM binary_version WHERE tenant = ${tenant}) AS one) AS contents) AS found
    WHERE tenant_usage.tenant = ${tenant}`,
  values: [],
};
