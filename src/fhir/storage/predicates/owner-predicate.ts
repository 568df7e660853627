import type { OwnedBy } from '../../../scope/grant.js';
import { binaryReferrers } from '../../../r4/model/patient-compartment.js';
import { membersByOwner, type OwnerElement } from '../../../r4/model/owner-elements.js';
import { binaryEntryStart } from '../../../r4/search/index/index-binaries.js';
import { allOf } from './conditions.js';
import { tenant } from '../session/tenant-parameter.js';
import { historyTableOf, referred, tableOf } from '../partitions.js';
import type { BindParameters } from '../session/statement.js';

/** SQL of the compartment names of a record, as `text[]`, and of the base that references to this server may begin with. */
interface OwnerScope {
  readonly record: string;
  readonly base: string;
  readonly parameters: BindParameters;
  /** True of a row of the record that the caller may point at. */
  readonly isSource: (row: string) => string;
}

/**
 * The SQL condition that the element which says whose record `row` is names that record alone, or is absent (ADR 41). Judged on the
 * stored text: the index has no entry for an element that holds no reference. Only for rows that are written.
 */
export function ownerPredicate(
  { type, element, base }: OwnedBy,
  row: string,
  { record, parameters, isSource }: Omit<OwnerScope, 'base'>,
): string {
  const scope: OwnerScope = { record, base: parameters.share(`${base}/`, 'text'), parameters, isSource };
  const body = type === undefined ? `${row}.body` : contentOf(type, row);
  if (type === 'Binary') {
    const isOwn = (literal: string): string => `${isOfRecord(literal, scope)} OR ${pointsIntoRecord(literal, scope)}`;
    return allOf([namesOnly(element, body, isOwn, scope), ...foreignPointers(row, scope)]);
  }
  const isOwn = type === 'Provenance' ? pointsIntoRecord : isOfRecord;
  return namesOnly(element, body, (literal) => isOwn(literal, scope), scope);
}

/** The body, or that of the last live version of a tombstone; null, which passes nothing, where that is gone. */
const contentOf = (type: string, row: string): string =>
  `CASE WHEN ${row}.deleted THEN (SELECT last.body FROM ${historyTableOf(type)} AS last WHERE last.tenant = ${tenant} ` +
  `AND last.type = ${row}.type AND last.id = ${row}.id AND NOT last.deleted ORDER BY last.version DESC LIMIT 1) ` +
  `ELSE ${row}.body END`;

/** Every value of the element in the document satisfies the condition on its literal reference. */
function namesOnly(
  { path, alsoOthers }: OwnerElement,
  body: string,
  isOwn: (literal: string) => string,
  { base }: OwnerScope,
): string {
  const names = path.split('.');
  // As json, which keeps every number as it is written; jsonb has limits.
  const holders = [`(${body})::json`, ...names.map((_, i) => `value_${i}`)];
  const values = names.map((name, i) => valuesOf(holders[i]!, name, `value_${i}`));
  const value = holders.at(-1)!;
  const literal =
    `regexp_replace(CASE WHEN starts_with(${value} ->> 'reference', ${base}) ` +
    `THEN substr(${value} ->> 'reference', char_length(${base}) + 1) ELSE ${value} ->> 'reference' END, ` +
    `'/_history/[A-Za-z0-9.-]{1,64}$', '')`;
  const isForeign = `(${isOwn('named.literal')}) IS NOT TRUE${alsoOthers === true ? ` AND (${mayBePatient(value)}) IS NOT FALSE` : ''}`;
  return (
    `(${body} IS NOT NULL AND NOT EXISTS (SELECT FROM ${values.join(' CROSS JOIN LATERAL ')} ` +
    `CROSS JOIN LATERAL (SELECT ${literal} AS literal) AS named WHERE ${isForeign}))`
  );
}

/** The values of an element that may repeat. OFFSET 0: PostgreSQL reads the holder once, which may be a text of megabytes. */
const valuesOf = (holder: string, name: string, alias: string): string => {
  const held = `${alias}_of.held`;
  return (
    `(SELECT ${holder} -> '${name}' AS held OFFSET 0) AS ${alias}_of CROSS JOIN LATERAL ` +
    `json_array_elements(CASE WHEN ${held} IS NULL THEN '[]'::json WHEN json_typeof(${held}) = 'array' THEN ${held} ` +
    `ELSE json_build_array(${held}) END) AS ${alias}`
  );
};

/** As `namedOwners` has it: what is no reference to a resource of this server is of the type that it says; words alone name nobody. */
const mayBePatient = (value: string): string =>
  `CASE WHEN named.literal ~ '^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$' THEN starts_with(named.literal, 'Patient/') ` +
  `WHEN ${value} ->> 'type' IS NOT NULL THEN right(${value} ->> 'type', 7) = 'Patient' ` +
  `ELSE named.literal IS NOT NULL OR ${value} -> 'identifier' IS NOT NULL END`;

// The record may be a subquery, which ANY would read as rows.
const isOfRecord = (literal: string, { record }: OwnerScope): string => `ARRAY[${literal}] && ${record}`;

/** The literal names a live resource that is of the record alone, and that the caller may point at. */
function pointsIntoRecord(literal: string, scope: OwnerScope): string {
  return (
    `EXISTS (SELECT FROM ${referred(literal)} AS own WHERE ${literal} = own.type || '/' || own.id AND NOT own.deleted ` +
    `AND own.compartments && ${scope.record} AND ${scope.isSource('own')} AND ${isOwned('own', scope)})`
  );
}

/** Returns the condition that a row of any type with members of records is of the record. */
function isOwned(row: string, scope: OwnerScope): string {
  const ways = [...membersByOwner].map(([element, types]) => {
    const isOfTypes = `${row}.type = ANY (${scope.parameters.share(types, 'text[]')})`;
    const isOwn = (literal: string): string => isOfRecord(literal, scope);
    return element ? `(${isOfTypes} AND ${namesOnly(element, `${row}.body`, isOwn, scope)})` : isOfTypes;
  });
  return `(${ways.join(' OR ')})`;
}

/** Documents that point at a Binary are of the record alone, whoever sees them. */
function foreignPointers(row: string, scope: OwnerScope): readonly string[] {
  const entry = `${scope.parameters.share(binaryEntryStart, 'text')} || ${row}.id`;
  return [...binaryReferrers.keys()].map(
    (type) =>
      `NOT EXISTS (SELECT FROM ${tableOf(type)} AS pointing WHERE pointing.tenant = ${tenant} AND pointing.type = '${type}' ` +
      `AND NOT pointing.deleted AND pointing.tok @> ARRAY[lanyard_own_token(${tenant}, ${entry})] AND pointing.val @> ARRAY[${entry}] ` +
      `AND (pointing.compartments && ${scope.record} AND ${isOwned('pointing', scope)}) IS NOT TRUE)`,
  );
}
