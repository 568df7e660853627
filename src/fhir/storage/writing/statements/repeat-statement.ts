import { tableOf } from '../../partitions.js';
import { lastUpdated, timeText } from '../../reading/stored-version.js';
import { BindParameters, type Statement } from '../../session/statement.js';
import { tenant } from '../../session/tenant-parameter.js';
import { beforeTime } from '../unnumbered-row.js';
import type { Overwriting } from './overwrite-statement.js';
import { tellsNoneDenies } from './row-statements.js';

/**
 * Reads the row that an update would replace. Where it has the same text, `isSame`, its version stays, and the audit record says so: of the update nothing
 * but its text was needed. Otherwise nothing is stored. No row where none is within reach.
 */
export function repeatStatement({
  key: { type, id },
  row: { head, tail },
  expected = '',
  premise = 'true',
  entry: [before, behind],
}: Overwriting): Statement {
  const parameters = new BindParameters();
  const add = parameters.add.bind(parameters);
  const isRow = `r.tenant = ${tenant} AND r.type = ${add(type, 'text')} AND r.id = ${add(id, 'text')}`;
  const text = `${add(head, 'text')} || r.version || '${beforeTime}' || ${timeText('r.updated')} || ${add(tail, 'text')}`;
  const isSame = `NOT r.deleted AND ${add(expected, 'text')} IN ('', r.version::text) AND r.body = ${text}`;
  const found =
    `found AS MATERIALIZED (SELECT r.version, r.updated, r.deleted, r.body, r.method, ${isSame} AS same ` +
    `FROM ${tableOf(type)} AS r WHERE ${isRow} AND ${premise})`;
  const parts = [found];
  if (before !== '') {
    const record = `${add(before, 'text')} || version || ${add(behind, 'text')}`;
    parts.push(
      `audited AS (INSERT INTO audit_record (tenant, entry) SELECT ${tenant}, ${record} FROM found WHERE same)`,
    );
  }
  const columns = `f.same AS "isSame", f.version AS "versionId", ${lastUpdated('f')}, f.deleted, f.body, f.method`;
  return {
    isPrepared: true,
    text: `WITH ${parts.join(', ')} SELECT ${columns}, ${tellsNoneDenies} FROM found AS f`,
    values: parameters.values,
  };
}
