import type { Grant } from '../../../scope/grant.js';
import { isUnlimited } from '../../../scope/grant.js';
import type { OwnAudit } from '../../../scope/own-audit.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, tableOf } from '../partitions.js';
import { grantsPredicate } from '../predicates/predicate.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { groupByType } from '../writing/resource-key.js';

/** Version that a reference of an AuditEvent names; `version` 0: the current one, whichever it is. */
interface Named {
  readonly reference: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
}

/** Tells which references the caller may be told of, as they are and as they were; one statement, none where nothing is hidden. */
export async function nameableVersions(
  session: SqlSession,
  own: OwnAudit,
  references: readonly string[],
): Promise<(reference: string) => boolean> {
  const nameable = new Set<string>();
  const judged: JudgedType[] = [];
  for (const [type, named] of groupByType([...new Set(references)].map(readReference))) {
    const grants = own.grantsToName(type);
    if (grants.some(isUnlimited)) for (const { reference } of named) nameable.add(reference);
    else if (grants.length > 0) judged.push({ type, named, grants });
  }
  if (judged.length > 0) {
    const rows = await session.rows<{ reference: string }>(judgeStatement(judged));
    for (const { reference } of rows) nameable.add(reference);
  }
  return (reference) => nameable.has(reference);
}

function readReference(reference: string): Named {
  const [type = '', id = '', , version = '0'] = reference.split('/');
  return { reference, type, id, version: Number(version) };
}

interface JudgedType {
  readonly type: string;
  readonly named: readonly Named[];
  readonly grants: readonly Grant[];
}

/** Every version is judged by its own content; none is named unless the current one may be. */
function judgeStatement(types: readonly JudgedType[]): Statement {
  const parameters = new BindParameters();
  const queries = types.map(({ type, named, grants }) => {
    const references = parameters.add(
      named.map(({ reference }) => reference),
      'text[]',
    );
    const ids = parameters.add(
      named.map(({ id }) => id),
      'text[]',
    );
    const versions = parameters.add(
      named.map(({ version }) => version),
      'integer[]',
    );
    const name = parameters.add(type, 'text');
    const rowsOf = (table: string, row: string): string =>
      `${table} AS ${row} WHERE ${row}.tenant = ${tenant} AND ${row}.type = ${name} AND ${row}.id = key.id ` +
      `AND ${grantsPredicate(grants, row, parameters)}`;
    return (
      `SELECT key.reference FROM unnest(${references}, ${ids}, ${versions}) AS key (reference, id, version) ` +
      `WHERE EXISTS (SELECT FROM ${rowsOf(tableOf(type), 'r')} AND (key.version IN (0, r.version) ` +
      `OR EXISTS (SELECT FROM ${rowsOf(historyTableOf(type), 'h')} AND h.version = key.version)))`
    );
  });
  return { text: queries.join(' UNION ALL '), values: parameters.values };
}
