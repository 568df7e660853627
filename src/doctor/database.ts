import { listed } from '../r4/errors/listed.js';
import type { DatabaseFacts } from '../database/examine-database.js';
import type { SchemaState } from '../database/migrations/pending-migrations.js';
import { judgeClock } from './clock.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

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
    found.ok('size', `The database has ${sizeOf(facts.bytes)}.`),
    judgeClock(found, 'the database', facts.clockOffset, clockSkew),
  ];
}

const judgeVersion = ({ version, versionText, encoding }: DatabaseFacts): DoctorResult => {
  if (version < 140_000)
    return found.failed('version', `It is PostgreSQL ${versionText}; 14 or newer is needed.`, 'Upgrade PostgreSQL.');
  if (encoding !== 'UTF8')
    return found.failed(
      'version',
      `Its encoding is ${encoding}, which cannot hold every name.`,
      'Make a database with ENCODING UTF8 and move the data there.',
    );
  return found.ok('version', `PostgreSQL ${versionText}, ${encoding}.`);
};

const judgeWritable = ({ standby, readOnly }: DatabaseFacts): DoctorResult =>
  standby || readOnly
    ? found.failed(
        'writable',
        standby ? 'It is a standby, which only follows another.' : 'It takes no writes (transaction_read_only).',
        'Let DATABASE_URL name the primary; with several hosts, one that leads to whichever is the primary.',
      )
    : found.ok('writable', 'It takes writes.');

function judgeRights({ mayCreate, closedTables }: DatabaseFacts): DoctorResult {
  if (closedTables.length > 0)
    return found.failed(
      'rights',
      `This user may not read and write ${listed(closedTables, 3)}.`,
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO that user, or use the owner of the tables.',
    );
  return mayCreate
    ? found.ok('rights', 'This user may read, write, and migrate.')
    : found.ok('rights', 'This user may read and write; it may make no tables, so another one has to migrate.');
}

function judgeMigrations({ pending, applied, unknown }: SchemaState, { mayCreate }: DatabaseFacts): DoctorResult {
  if (pending.length > 0)
    return found.warning(
      'migrations',
      applied.length === 0
        ? 'The database is empty.'
        : `The schema is ${pending.length} migrations behind this release.`,
      `"lanyard migrate --plan" shows what is to be done, ${
        mayCreate
          ? 'and "lanyard migrate" or the next start does it.'
          : 'and "lanyard migrate" as a user who may does it.'
      }`,
    );
  if (unknown.length > 0)
    return found.ok('migrations', `All applied, and ${unknown.length} of a newer release; this one works beside it.`);
  return found.ok('migrations', `All ${applied.length} are applied.`);
}

function judgeConnections({ connections: { most, used }, pooled }: DatabaseFacts): DoctorResult {
  const fact = `${used} of ${most} connections are in use${pooled ? '; a pooler stands between' : ''}.`;
  return used > most * 0.8
    ? found.warning('connections', fact, 'Raise max_connections, or let the servers share connections by pgbouncer.')
    : found.ok('connections', fact);
}

function judgeSafety({ fsync, remote, encrypted }: DatabaseFacts): readonly DoctorResult[] {
  return [
    ...(fsync
      ? []
      : [
          found.warning(
            'durability',
            'fsync is off: a crash of the machine can destroy all data.',
            'Set fsync = on in postgresql.conf.',
          ),
        ]),
    ...(remote && !encrypted
      ? [
          found.warning(
            'encryption',
            'The connection crosses a network and is not encrypted.',
            'Add ?sslmode=verify-full to DATABASE_URL.',
          ),
        ]
      : []),
  ];
}

export function sizeOf(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${units[step]}`;
}
