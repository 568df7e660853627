import type { ConsentSubject, Withheld } from '../../../scope/withheld.js';
import { binaryReferrers } from '../../model/patient-compartment.js';
import { binaryEntryStart, securityContextParameter } from '../../search/index-binaries.js';
import { unitSeparator } from '../../search/index-values.js';
import { allOf } from '../conditions.js';
import { referred, tableOf, tenant } from '../partitions.js';
import type { BindParameters } from '../statement.js';
import { labelPredicate } from './label-predicate.js';

/** Whether no Consent denies anything: asked once for a statement, so that rows cost nothing then. */
export const noConsent = `(SELECT NOT EXISTS (SELECT FROM consent_rule AS any_rule WHERE any_rule.tenant = ${tenant} AND any_rule.denies))`;

/** Judges one row source. */
type Judge = (row: string) => string;

/**
 * The SQL condition that neither a security label nor a Consent withholds `row` (requirements 138 and 144). What points at
 * others, as a Provenance, and what others point at, as a Binary, is withheld with them.
 */
export function withheldPredicate(withheld: Withheld, row: string, parameters: BindParameters): string {
  const conditions: string[] = [];
  if (withheld.clearance !== undefined) {
    const { clearance } = withheld;
    const judge: Judge = (other) => labelPredicate(clearance, other, parameters);
    conditions.push(judge(row), ...throughOthers(withheld, row, parameters, judge));
  }
  if (withheld.consent) {
    const judge = consentJudge(withheld.consent, parameters);
    const judged = [judge(row), ...throughOthers(withheld, row, parameters, judge)].join(' AND ');
    conditions.push(`(${noConsent} OR (${judged}))`);
  }
  return allOf(conditions);
}

/** No rule that denies the caller is about a patient whose record the row belongs to. */
function consentJudge({ actors, actions, purposes, own }: ConsentSubject, parameters: BindParameters): Judge {
  const caller = [
    // Once for a statement, and only where some rule is judged.
    `(SELECT lanyard_consent_actors(${parameters.add(actors, 'text[]')}))`,
    parameters.add(actions, 'text[]'),
    purposes ? parameters.add(purposes, 'text[]') : 'NULL::text[]',
  ].join(', ');
  const others = own === undefined ? '' : ` AND rule.patient <> ${parameters.add(own, 'text')}`;
  return (row) =>
    `NOT EXISTS (SELECT FROM consent_rule AS rule WHERE rule.tenant = ${tenant} AND rule.denies ` +
    `AND rule.patient = ANY (${row}.compartments)${others} ` +
    `AND lanyard_consent_denies(rule, ${row}.type, ${row}.id, ${row}.val, ${row}.ranges, ${caller}))`;
}

function throughOthers(
  { through }: Withheld,
  row: string,
  parameters: BindParameters,
  judge: Judge,
): readonly string[] {
  if (through === 'targets') return [seesAllOf('target', row, parameters, judge)];
  if (through !== 'referrers') return [];
  return [seesAllOf(securityContextParameter, row, parameters, judge), seesReferrers(row, parameters, judge)];
}

/** What does not exist is treated as what is withheld: otherwise a pointer at a guessed id would tell whether it does. */
function seesAllOf(parameter: string, row: string, parameters: BindParameters, judge: Judge): string {
  const start = parameters.add(`${parameter}${unitSeparator}`, 'text');
  const reference = `substr(entry, char_length(${start}) + 1)`;
  return (
    `NOT EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE starts_with(entry, ${start}) AND strpos(entry, ':') = 0 ` +
    `AND NOT EXISTS (SELECT FROM ${referred(reference)} AS pointed WHERE ${judge('pointed')}))`
  );
}

function seesReferrers(row: string, parameters: BindParameters, judge: Judge): string {
  const entry = `${parameters.add(binaryEntryStart, 'text')} || ${row}.id`;
  const seesAll = [...binaryReferrers.keys()].map(
    (type) =>
      `NOT EXISTS (SELECT FROM ${tableOf(type)} AS pointing WHERE pointing.tenant = ${tenant} AND pointing.type = '${type}' ` +
      `AND pointing.tok @> ARRAY[lanyard_token(${entry})] AND pointing.val @> ARRAY[${entry}] AND NOT ${judge('pointing')})`,
  );
  return allOf(seesAll);
}
