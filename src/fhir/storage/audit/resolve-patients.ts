import type { PatientsOf } from '../../../audit/audit-entities.js';
import type { AuditRecord } from '../../../audit/audit-record.js';
import { binaryReferrers } from '../../../r4/model/patient-compartment.js';
import { binaryEntryStart, securityContextParameter } from '../../../r4/search/index/index-binaries.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, referred, tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { groupByType } from '../writing/resource-key.js';

/** A version as records name it. */
interface Key {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

type Row = Key & Readonly<Record<string, unknown>> & { readonly patients: readonly string[] };

/** Patients to whose records the versions of some records belong, as each version says; two statements at most. */
export async function resolvePatients(session: SqlSession, records: readonly AuditRecord[]): Promise<PatientsOf> {
  const named = records.flatMap(({ disclosed = [], written = [] }) => [...disclosed, ...written]);
  const keys = [...new Set(named)].map(keyOf).filter(({ type }) => type !== 'AuditEvent');
  const derived = keys.filter(({ type }) => type === 'Provenance' || type === 'Binary');
  const rows = [
    ...(keys.length > 0 ? await session.rows<Row>(membersStatement(keys)) : []),
    ...(derived.length > 0 ? await session.rows<Row>(derivedStatement(derived)) : []),
  ];
  const patients = new Map<string, Set<string>>();
  for (const { type, id, versionId, patients: found } of rows) {
    const key = `${type}/${id}/${versionId}`;
    const known = patients.get(key) ?? new Set();
    for (const patient of found) known.add(patient.slice('Patient/'.length));
    patients.set(key, known);
  }
  return (version) => [...(patients.get(version) ?? [])];
}

function keyOf(text: string): Key {
  const [type = '', id = '', version = '0'] = text.split('/');
  return { type, id, versionId: Number(version) };
}

/** The compartments of the version itself; of the current one where the version is not known. */
function membersStatement(keys: readonly Key[]): Statement {
  const parameters = new BindParameters();
  const queries = [...groupByType(keys)].map(([type, ofType]) => {
    const name = parameters.add(type, 'text');
    const of = (row: string): string => `${row}.tenant = ${tenant} AND ${row}.type = ${name} AND ${row}.id = key.id`;
    return (
      `SELECT ${name} AS type, key.id, key.version AS "versionId", coalesce(h.compartments, r.compartments, '{}') AS patients ` +
      `FROM ${keyTable(ofType, parameters)} LEFT JOIN ${tableOf(type)} AS r ON ${of('r')} ` +
      `LEFT JOIN ${historyTableOf(type)} AS h ON ${of('h')} AND h.version = key.version AND h.version <> r.version`
    );
  });
  return { text: queries.join(' UNION ALL '), values: parameters.values };
}

/** Through the targets of a Provenance, the security context of a Binary, and what points at a Binary. */
function derivedStatement(keys: readonly Key[]): Statement {
  const parameters = new BindParameters();
  const starts = parameters.add([`target${unitSeparator}`, `${securityContextParameter}${unitSeparator}`], 'text[]');
  // A parameter that is never named is an error.
  const binary = keys.some(({ type }) => type === 'Binary') ? parameters.add(binaryEntryStart, 'text') : '';
  const reference = 'substr(entry, char_length(start) + 1)';
  const ofReferrers = [...binaryReferrers.keys()]
    .map(
      (type) =>
        `UNION SELECT unnest(referrer.compartments) FROM ${tableOf(type)} AS referrer ` +
        `WHERE referrer.tenant = ${tenant} AND referrer.type = '${type}' ` +
        `AND referrer.tok @> ARRAY[lanyard_own_token(${tenant}, ${binary} || r.id)] AND referrer.val @> ARRAY[${binary} || r.id]`,
    )
    .join(' ');
  const queries = [...groupByType(keys)].map(([type, ofType]) => {
    const name = parameters.add(type, 'text');
    return (
      `SELECT ${name} AS type, key.id, key.version AS "versionId", ARRAY(` +
      `SELECT unnest(target.compartments) FROM unnest(r.val) AS entry JOIN unnest(${starts}) AS start ON starts_with(entry, start) ` +
      `CROSS JOIN LATERAL ${referred(reference)} AS target ${type === 'Binary' ? ofReferrers : ''}) AS patients ` +
      `FROM ${keyTable(ofType, parameters)} JOIN ${tableOf(type)} AS r ON r.tenant = ${tenant} AND r.type = ${name} AND r.id = key.id`
    );
  });
  return { text: queries.join(' UNION ALL '), values: parameters.values };
}

function keyTable(keys: readonly Key[], parameters: BindParameters): string {
  const ids = parameters.add(
    keys.map(({ id }) => id),
    'text[]',
  );
  const versions = parameters.add(
    keys.map(({ versionId }) => versionId),
    'integer[]',
  );
  return `unnest(${ids}, ${versions}) AS key (id, version)`;
}
