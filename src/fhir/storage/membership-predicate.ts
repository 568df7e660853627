import type { Grant, RecordOwner } from '../../scope/access.js';
import { unitSeparator } from '../search/index-values.js';
import { tableOf, tenant } from './partitions.js';
import type { BindParameters } from './statement.js';

type Within = NonNullable<Grant['within']>;

/** Types that make a Binary visible by pointing at it (architecture 3.4). */
const binaryReferrers = ['DocumentReference', 'DiagnosticReport', 'Media'];
/** Index entries that no search reaches, made for these predicates. */
const binaryEntry = `~binary${unitSeparator}Binary/`;
const securityContextEntry = `~security-context${unitSeparator}`;
const targetEntry = `target${unitSeparator}`;

/** The SQL condition that `row` belongs to the owner's record. */
export function membershipPredicate({ owner, membership }: Within, row: string, parameters: BindParameters): string {
  const record = recordOf(owner, parameters);
  if (membership === 'compartment') return `${row}.compartments && ${record}`;
  if (membership === 'binary-referrer') return binaryPredicate(record, row, parameters);
  return refersInto(record, row, parameters.add(targetEntry, 'text'));
}

function binaryPredicate(record: string, row: string, parameters: BindParameters): string {
  const context = parameters.add(securityContextEntry, 'text');
  const binary = `${parameters.add(binaryEntry, 'text')} || ${row}.id`;
  const conditions = [
    `${row}.val && (SELECT array_agg(${context} || patient) FROM unnest(${record}) AS patient)`,
    refersInto(record, row, context),
    ...binaryReferrers.map((type) => isReferredTo(record, type, binary)),
  ];
  return `(${conditions.join(' OR ')})`;
}

/** The compartment names of the owner's record, as `text[]`; null, which overlaps nothing, when there is none. */
function recordOf(owner: RecordOwner, parameters: BindParameters): string {
  if (owner.kind === 'patient') return parameters.add([`Patient/${owner.id}`], 'text[]');
  return (
    `(SELECT related.compartments FROM ${tableOf('RelatedPerson')} AS related WHERE related.tenant = ${tenant} ` +
    `AND related.type = 'RelatedPerson' AND related.id = ${parameters.add(owner.id, 'text')} AND NOT related.deleted)`
  );
}

/** Some entry of `row` that begins with `start` names a live resource of the record, whatever its type. */
function refersInto(record: string, row: string, start: string): string {
  const reference = `substr(entry, char_length(${start}) + 1)`;
  return (
    `EXISTS (SELECT FROM unnest(${row}.val) AS entry JOIN resource AS target ON target.tenant = ${tenant} ` +
    `AND target.type = split_part(${reference}, '/', 1) AND target.id = split_part(${reference}, '/', 2) ` +
    `WHERE starts_with(entry, ${start}) AND entry = ${start} || target.type || '/' || target.id ` +
    `AND NOT target.deleted AND target.compartments && ${record})`
  );
}

/** Some live resource of `type` in the record holds the index entry. */
const isReferredTo = (record: string, type: string, entry: string): string =>
  `EXISTS (SELECT FROM ${tableOf(type)} AS referrer WHERE referrer.tenant = ${tenant} ` +
  `AND referrer.type = '${type}' AND NOT referrer.deleted AND referrer.compartments && ${record} ` +
  `AND referrer.tok @> ARRAY[lanyard_token(${entry})] AND referrer.val @> ARRAY[${entry}])`;
