import type { Filter, FilterValue } from '../../r4/search/query/filter.js';
import { type Grant, type RecordOwner, rulesOf, type Within } from '../grant.js';

/** Describes one way to rows; several grants mean any of them. */
export function grantWords(grant: Grant): string {
  const { within, where, only } = grant;
  const limits: string[] = [];
  if (within) limits.push(ownerWords(within.owner), ...ownedWords(within));
  if (only !== undefined) limits.push(`only ${only}, the user's own resource`);
  limits.push(...where.map(filterWords));
  if (rulesOf(grant).length > 0) limits.push('what the policies allow');
  return limits.length === 0 ? 'all' : limits.join(' and ');
}

export const ownerWords = ({ kind, id }: RecordOwner): string =>
  kind === 'patient' ? `record of Patient/${id}` : `record of the patient of RelatedPerson/${id}`;

/** Describes, for writes, whom the owner element may name. */
const ownedWords = ({ ownedBy }: Within): readonly string[] => {
  if (!ownedBy) return [];
  const isDerived = ownedBy.type === 'Provenance' || ownedBy.type === 'Binary';
  return [`${ownedBy.element.path} that names ${isDerived ? 'nothing else' : 'no other patient'}`];
};

const filterWords = ({ parameter, values }: Filter): string =>
  `${parameter.code} ${values.map(valueWords).join(' or ')}`;

function valueWords(value: FilterValue): string {
  if (value.kind === 'reference') return value.target;
  if (value.kind === 'uri') return value.uri;
  if (value.kind === 'string') return `starting with ${value.prefix}`;
  if (value.kind === 'date') return `${value.prefix} ${dateOf(value.low)}`;
  if (value.kind === 'selection') return `one of many codes of ${value.system}`;
  // Limits of access are of no other kind (scope-constraints.ts).
  if (value.kind !== 'token') return value.kind;
  return value.system === undefined ? (value.code ?? '') : `${value.system}|${value.code ?? ''}`;
}

const dateOf = (microseconds: string): string => new Date(Number(microseconds) / 1000).toISOString();
