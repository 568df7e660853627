import type { DatabaseFacts } from '../../database/examine-database.js';
import type { SchemaState } from '../../database/migrations/pending-migrations.js';
import { judgeClock } from './clock.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing, type Phrase, phrase } from '../words/say.js';

const found = resultsOf('database');

/** Judges the facts about a database. */
export function judgeDatabase(facts: DatabaseFacts, schema: SchemaState, clockSkew: number): readonly DoctorResult[] {
  return [
    judgeVersion(facts),
    judgeWritable(facts),
    judgeRights(facts),
    judgeMigrations(schema, facts),
    judgeConnections(facts),
    ...judgeSafety(facts),
    found.ok('size', 'database.size', { size: sizeOf(facts.bytes) }),
    judgeClock(found, 'clock.of-database', facts.clockOffset, clockSkew),
  ];
}

const judgeVersion = ({ version, versionText, encoding }: DatabaseFacts): DoctorResult => {
  if (version < 140_000) return found.failed('version', 'database.version-old', { version: versionText });
  if (encoding !== 'UTF8') return found.failed('version', 'database.encoding', { encoding });
  return found.ok('version', 'database.version', { version: versionText, encoding });
};

const judgeWritable = ({ standby, readOnly }: DatabaseFacts): DoctorResult =>
  standby || readOnly
    ? found.failed('writable', standby ? 'database.standby' : 'database.read-only')
    : found.ok('writable', 'database.writable');

function judgeRights({ mayCreate, closedTables }: DatabaseFacts): DoctorResult {
  if (closedTables.length > 0)
    return found.failed('rights', 'database.tables-closed', { tables: listing(closedTables, 3) });
  return found.ok('rights', mayCreate ? 'database.rights' : 'database.rights-no-tables');
}

function judgeMigrations({ pending, applied, unknown }: SchemaState, { mayCreate }: DatabaseFacts): DoctorResult {
  const how = phrase(mayCreate ? 'migrate.self' : 'migrate.other');
  if (pending.length > 0)
    return applied.length === 0
      ? found.warning('migrations', 'database.empty', { how })
      : found.warning('migrations', 'database.behind', { count: pending.length, how });
  if (unknown.length > 0) return found.ok('migrations', 'database.newer', { count: unknown.length });
  return found.ok('migrations', 'database.migrated', { count: applied.length });
}

function judgeConnections({ connections: { most, used }, pooled }: DatabaseFacts): DoctorResult {
  const values = { used, most, pooler: pooled ? phrase('pooler.between') : '' };
  return used > most * 0.8
    ? found.warning('connections', 'database.connections', values)
    : found.ok('connections', 'database.connections', values);
}

const judgeSafety = ({ fsync, remote, encrypted }: DatabaseFacts): readonly DoctorResult[] => [
  ...(fsync ? [] : [found.warning('durability', 'database.fsync-off')]),
  ...(remote && !encrypted ? [found.warning('encryption', 'database.unencrypted')] : []),
];

/** Bytes for people, with three digits. */
export function sizeOf(bytes: number): Phrase {
  const units = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length);
  const amount = Number((bytes / 1000 ** step).toPrecision(3));
  return step === 0 ? phrase('size.bytes', { amount }) : phrase('size.larger', { amount, unit: units[step - 1]! });
}
