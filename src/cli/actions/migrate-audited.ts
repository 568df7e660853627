import type { AppConfig } from '../../config/app-config.js';
import { distributeDirectly, migrateDirectly, type SchemaRules } from '../../database/migrations/bring-schema.js';
import { readSchemaState } from '../../database/migrations/pending-migrations.js';
import { poolOf } from '../../database/pool-of.js';
import { AuditLog } from '../../fhir/storage/audit/audit-log.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { audited } from '../audited.js';

type Rules = Pick<AppConfig, 'audit'> & { readonly schema: SchemaRules };

/** A data source; which kind is the database's own business. */
type SchemaOf = Parameters<typeof migrateDirectly>[0];

/**
 * Migrates, and records it in the audit where there was something to do; returns the migrations. A failure in a
 * database that has no audit log yet is shown by its error alone.
 */
export async function migrateAudited(
  dataSource: SchemaOf,
  { audit, schema }: Rules,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const { pending } = await readSchemaState(dataSource);
  const work = () => migrateDirectly(dataSource, schema, tell);
  if (pending.length === 0) return work();
  const details = pending.map(({ name }) => ['migration', name] as const);
  return audited(auditLog(dataSource, audit), { command: 'migrate', on: 'database schema', details }, work);
}

/** Distributes the tables of tenants, and records it in the audit; returns what was done. */
export async function distributeAudited(
  dataSource: SchemaOf,
  { audit, schema }: Rules,
  tell: (line: string) => void,
): Promise<readonly string[]> {
  const work = () => distributeDirectly(dataSource, schema, tell);
  return audited(auditLog(dataSource, audit), { command: 'migrate --distribute', on: 'database schema' }, work);
}

const auditLog = (dataSource: SchemaOf, { isOn }: AppConfig['audit']): AuditLog | undefined =>
  isOn ? new AuditLog(new SqlSession(poolOf(dataSource), { statementTimeout: 0 })) : undefined;
