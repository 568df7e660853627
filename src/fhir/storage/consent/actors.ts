import { unitSeparator } from '../../search/index-values.js';
import { hashToken } from '../../search/token-hash.js';
import { tableOf, tenant } from '../partitions.js';
import type { BindParameters } from '../statement.js';

const activeEntry = ['active', 'false', ''].join(unitSeparator);

/**
 * The actors of a caller, as `text[]`: a practitioner acts for the organizations of their roles that are not inactive, as
 * those roles, and in the care teams they take part in. Looked up once for a statement, and only where some rule is judged.
 */
export function actorsExpression(actors: readonly string[], parameters: BindParameters): string {
  const named = parameters.add(actors, 'text[]');
  const person = actors.find((actor) => /^Practitioner(?:Role)?\//.test(actor));
  if (person === undefined) return named;
  const isRole = person.startsWith('PractitionerRole/');
  const selects = [
    ...(isRole ? [ofRole(person, parameters)] : [rolesOf(person, parameters)]),
    careTeamsOf(person, parameters),
  ];
  return `(${named} || ARRAY(${selects.join(' UNION ALL ')}))`;
}

/** Organizations, and the practitioner, of one role. */
function ofRole(person: string, parameters: BindParameters): string {
  const id = parameters.add(person.slice(person.indexOf('/') + 1), 'text');
  return (
    `SELECT substr(entry, strpos(entry, E'\\x1f') + 1) FROM ${liveRows('PractitionerRole', 'role')} ` +
    `CROSS JOIN unnest(role.val) AS entry WHERE ${isLive('PractitionerRole', 'role')} AND role.id = ${id} ` +
    `AND (starts_with(entry, E'organization\\x1f') OR starts_with(entry, E'practitioner\\x1f'))`
  );
}

function rolesOf(person: string, parameters: BindParameters): string {
  const held = holds('role', `practitioner${unitSeparator}${person}`, parameters);
  const isActive = `NOT role.val @> ARRAY[${parameters.add(activeEntry, 'text')}]`;
  return (
    `SELECT CASE WHEN starts_with(entry, E'organization\\x1f') THEN substr(entry, strpos(entry, E'\\x1f') + 1) ` +
    `ELSE 'PractitionerRole/' || role.id END FROM ${liveRows('PractitionerRole', 'role')} ` +
    `CROSS JOIN unnest(role.val) AS entry WHERE ${isLive('PractitionerRole', 'role')} AND ${held} AND ${isActive} ` +
    `AND (starts_with(entry, E'organization\\x1f') OR starts_with(entry, E'practitioner\\x1f'))`
  );
}

function careTeamsOf(person: string, parameters: BindParameters): string {
  const held = holds('team', `participant${unitSeparator}${person}`, parameters);
  return `SELECT 'CareTeam/' || team.id FROM ${liveRows('CareTeam', 'team')} WHERE ${isLive('CareTeam', 'team')} AND ${held}`;
}

const liveRows = (type: string, row: string): string => `${tableOf(type)} AS ${row}`;

const isLive = (type: string, row: string): string =>
  `${row}.tenant = ${tenant} AND ${row}.type = '${type}' AND NOT ${row}.deleted`;

const holds = (row: string, entry: string, parameters: BindParameters): string =>
  `${row}.tok @> ${parameters.add([hashToken(entry)], 'bigint[]')} AND ${row}.val @> ${parameters.add([entry], 'text[]')}`;
