import type { ConsentSubject, Through, Withheld } from '../../../scope/grant.js';
import { binaryReferrers } from '../../../r4/model/patient-compartment.js';
import { binaryEntryStart, securityContextParameter } from '../../../r4/search/index/index-binaries.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { allOf } from '../predicates/conditions.js';
import { tenant } from '../session/tenant-parameter.js';
import { referred, tableOf } from '../partitions.js';
import { type SourcesJudged, sourcesPredicate } from '../predicates/sources-predicate.js';
import type { BindParameters } from '../session/statement.js';
import { labelPredicate } from './label-predicate.js';

/** True if no Consent denies anything: evaluated once for a statement, so that rows cost nothing then. */
export const noConsent = `(SELECT NOT EXISTS (SELECT FROM consent_rule AS any_rule WHERE any_rule.tenant = ${tenant} AND any_rule.denies))`;

/** Judges one row source. */
type Judge = (row: string) => string;

/**
 * The SQL condition that neither a security label nor a Consent withholds `row` (docs/adr/0028). What points at
 * others, as a Provenance, and what others point at, as a Binary, is withheld with them.
 */
export function withheldPredicate(
  { clearance, consent, limited, through }: Withheld,
  row: string,
  judged: SourcesJudged,
): string {
  const { parameters } = judged;
  const labels: string[] = [];
  const consents: string[] = [];
  if (clearance !== undefined)
    labels.push(...withOthers(through, row, parameters, (other) => labelPredicate(clearance, other, parameters)));
  if (consent) consents.push(...withOthers(through, row, parameters, consentJudge(consent, parameters)));
  // Targets of a pointer are judged by all limits at once, wherever something can be withheld at all.
  if (through) (clearance === undefined ? consents : labels).push(pointsAtKnown(through, row, judged));
  return allOf([
    ...labels,
    ...(consent ? [`(${noConsent} OR (${consents.join(' AND ')}))`] : []),
    ...(limited ? [limitsNot(limited, row, parameters)] : []),
  ]);
}

const callerOf = (actors: readonly string[], parameters: BindParameters): string =>
  // Once for a statement, and only where some rule is judged.
  `(SELECT lanyard_consent_actors(${tenant}, ${parameters.share(actors, 'text[]')}))`;

const ofConsent = (rule: string): string => `${rule}.tenant = ${tenant} AND ${rule}.consent = limiting.consent`;

/** No Consent rule that has not ended denies the caller anything, whatever the data and the purpose (ADR 42). */
function limitsNot({ actors, own }: ConsentSubject, row: string, parameters: BindParameters): string {
  const caller = callerOf(actors, parameters);
  const concerns = (rule: string): string => `(${rule}.actors IS NULL OR ${rule}.actors && ${caller})`;
  const conditions = ['actions', 'purposes', 'classes', 'codes', 'labels', 'data', 'data_low', 'data_high'];
  return (
    `NOT EXISTS (SELECT FROM consent_rule AS limiting WHERE limiting.tenant = ${tenant} AND limiting.consent = ${row}.id ` +
    `AND limiting.denies${own === undefined ? '' : ` AND limiting.patient <> ${parameters.share(own, 'text')}`} ` +
    `AND (limiting.ends IS NULL OR now() < limiting.ends) AND ${concerns('limiting')} ` +
    `AND NOT EXISTS (SELECT FROM consent_rule AS above WHERE ${ofConsent('above')} ` +
    `AND above.node = ANY (limiting.path) AND NOT ${concerns('above')}) ` +
    `AND NOT EXISTS (SELECT FROM consent_rule AS exception WHERE ${ofConsent('exception')} ` +
    `AND exception.parent = limiting.node AND NOT exception.uncertain AND ${concerns('exception')} ` +
    `AND (exception.starts IS NULL OR exception.starts <= now()) AND exception.ends IS NULL ` +
    `AND num_nonnulls(${conditions.map((name) => `exception.${name}`).join(', ')}) = 0))`
  );
}

/** The members of `consent_provision`, in their order. */
const provision =
  'node parent uncertain starts ends actors actions purposes classes codes labels data linked data_low data_high'
    .split(' ')
    .map((name) => `part.${name}`)
    .join(', ');

/** The provision `rule`, those above it, and its exceptions. */
const provisions =
  `ARRAY(SELECT ROW(${provision})::consent_provision FROM consent_rule AS part ` +
  `WHERE part.tenant = ${tenant} AND part.consent = rule.consent ` +
  `AND (part.node = rule.node OR part.node = ANY (rule.path) OR part.parent = rule.node))`;

/** No rule that denies the caller is about a patient whose record the row belongs to. */
function consentJudge({ actors, actions, purposes, own }: ConsentSubject, parameters: BindParameters): Judge {
  const caller = [
    callerOf(actors, parameters),
    parameters.share(actions, 'text[]'),
    purposes ? parameters.share(purposes, 'text[]') : 'NULL::text[]',
  ].join(', ');
  const others = own === undefined ? '' : ` AND rule.patient <> ${parameters.share(own, 'text')}`;
  return (row) =>
    `NOT EXISTS (SELECT FROM consent_rule AS rule WHERE rule.tenant = ${tenant} AND rule.denies ` +
    `AND rule.patient = ANY (${row}.compartments)${others} ` +
    `AND lanyard_consent_denies(rule.node, ${provisions}, ${row}.type, ${row}.id, ${row}.val, ${row}.ranges, ${caller}))`;
}

/** Judges a row, and the rows that point at it where these withhold it too. */
const withOthers = (through: Through | undefined, row: string, parameters: BindParameters, judge: Judge): string[] =>
  through?.by === 'referrers' ? [judge(row), seesReferrers(row, parameters, judge)] : [judge(row)];

const pointing: Readonly<Record<Through['by'], string>> = { targets: 'target', referrers: securityContextParameter };

/**
 * All that `row` points at is known to the caller (ADR 43). What does not exist, what is withheld and what is out of reach are
 * not: otherwise a pointer at a guessed id would tell whether it exists.
 */
function pointsAtKnown({ by, known }: Through, row: string, judged: SourcesJudged): string {
  const start = judged.parameters.share(`${pointing[by]}${unitSeparator}`, 'text');
  const reference = `substr(entry, char_length(${start}) + 1)`;
  return (
    `NOT EXISTS (SELECT FROM unnest(${row}.val) AS entry WHERE starts_with(entry, ${start}) AND strpos(entry, ':') = 0 ` +
    `AND NOT EXISTS (SELECT FROM ${referred(reference)} AS pointed WHERE ${sourcesPredicate(known, 'pointed', judged)}))`
  );
}

function seesReferrers(row: string, parameters: BindParameters, judge: Judge): string {
  const entry = `${parameters.share(binaryEntryStart, 'text')} || ${row}.id`;
  const seesAll = [...binaryReferrers.keys()].map(
    (type) =>
      `NOT EXISTS (SELECT FROM ${tableOf(type)} AS pointing WHERE pointing.tenant = ${tenant} AND pointing.type = '${type}' ` +
      `AND pointing.tok @> ARRAY[lanyard_own_token(${tenant}, ${entry})] AND pointing.val @> ARRAY[${entry}] AND NOT ${judge('pointing')})`,
  );
  return allOf(seesAll);
}
