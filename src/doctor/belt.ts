import type { BeltFacts } from '../database/belt/examine-belt.js';
import type { DatabaseFacts } from '../database/examine-database.js';
import { listed } from '../r4/errors/listed.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('database');

const causes: Readonly<Record<Exclude<BeltFacts['state'], 'on'>, (role: string) => string>> = {
  superuser: (role) => `the role ${role} is a superuser, who may do everything`,
  owner: (role) => `the role ${role} owns tables`,
  citus: () => 'Citus does not write through views',
  none: (role) => `the role ${role} has no views of the tables`,
};

/** Whether PostgreSQL itself holds the server to one tenant at a time (docs/adr/0071), and why not. */
export function judgeBelt(
  { state, role, openTables }: BeltFacts,
  { pooled }: Pick<DatabaseFacts, 'pooled'>,
  hasTenants: boolean,
): DoctorResult {
  if (state !== 'on') return judgeOff(state, role, hasTenants);
  if (pooled)
    return found.failed(
      'belt',
      `The role ${role} needs connections of its own, which are bound to a tenant, and a pooler stands between.`,
      'Let DATABASE_URL name PostgreSQL itself, or use the owner of the tables.',
    );
  if (openTables.length > 0)
    return found.warning(
      'belt',
      `The role ${role} sees one tenant at a time, and may reach past that to the tables ${listed(openTables, 3)}.`,
      `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role}, and from roles that it is a member of; then "lanyard migrate".`,
    );
  return found.ok('belt', `The second belt is on: the role ${role} sees one tenant at a time, and no table.`);
}

function judgeOff(state: Exclude<BeltFacts['state'], 'on'>, role: string, hasTenants: boolean): DoctorResult {
  const fact = `The second belt is off: ${causes[state](role)}.`;
  // Without tenants there is nobody to be kept apart, and Citus leaves no choice.
  if (!hasTenants || state === 'citus') return found.ok('belt', fact);
  return found.warning(
    'belt',
    fact,
    'Let DATABASE_URL name a role that owns nothing, MIGRATION_DATABASE_URL the owner, and run "lanyard migrate" (docs/tenants.md).',
  );
}
