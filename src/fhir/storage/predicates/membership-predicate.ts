import type { RecordOwner, Source, Within } from '../../../scope/access.js';
import { binaryReferrers, withheldTypes } from '../../../r4/model/patient-compartment.js';
import { binaryEntryStart, securityContextParameter } from '../../../r4/search/index/index-binaries.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { allOf } from './conditions.js';
import { ownerPredicate } from './owner-predicate.js';
import { tenant } from '../session/tenant-parameter.js';
import { referred, tableOf } from '../partitions.js';
import { type SourcesJudged, sourcesPredicate } from './sources-predicate.js';
import type { BindParameters } from '../session/statement.js';

const securityContextEntry = `${securityContextParameter}${unitSeparator}`;
const targetEntry = `target${unitSeparator}`;

/** The SQL condition that `row` belongs to the owner's record, and to write it, to nobody else's. */
export function membershipPredicate(within: Within, row: string, judged: SourcesJudged): string {
  const { membership, ownedBy } = within;
  const { parameters } = judged;
  const names = recordOf(within.owner, parameters);
  const record = new RecordSources(names, within.sources, judged);
  const isMember = memberships[membership](record, row, parameters);
  if (!ownedBy) return isMember;
  const isSource = (other: string): string => record.isSource(other, within.sources);
  return allOf([isMember, ownerPredicate(ownedBy, row, { record: names, parameters, isSource })]);
}

const memberships: Readonly<
  Record<Within['membership'], (record: RecordSources, row: string, parameters: BindParameters) => string>
> = {
  compartment: ({ names }, row) => `${row}.compartments && ${names}`,
  'binary-referrer': binaryPredicate,
  'provenance-target': (record, row, parameters) => record.refersInto(row, parameters.share(targetEntry, 'text')),
};

function binaryPredicate(record: RecordSources, row: string, parameters: BindParameters): string {
  const context = parameters.share(securityContextEntry, 'text');
  const referrers = [...binaryReferrers.keys()].filter((type) => record.include(type));
  // A parameter that is never named is an error.
  const binary = referrers.length > 0 ? `${parameters.share(binaryEntryStart, 'text')} || ${row}.id` : '';
  const conditions = [
    `${row}.val && (SELECT array_agg(${context} || patient) FROM unnest(${record.names}) AS patient)`,
    record.refersInto(row, context),
    ...referrers.map((type) => record.isReferredTo(type, binary)),
  ];
  return `(${conditions.join(' OR ')})`;
}

/** The compartment names of the owner's record, as `text[]`; null, which overlaps nothing, when there is none. */
function recordOf(owner: RecordOwner, parameters: BindParameters): string {
  if (owner.kind === 'patient') return parameters.share([`Patient/${owner.id}`], 'text[]');
  return (
    `(SELECT related.compartments FROM ${tableOf('RelatedPerson')} AS related WHERE related.tenant = ${tenant} ` +
    `AND related.type = 'RelatedPerson' AND related.id = ${parameters.share(owner.id, 'text')} AND NOT related.deleted)`
  );
}

/** The rows of one record through which others become visible: all live ones, or those of the sources. */
class RecordSources {
  constructor(
    /** Compartment names, as `text[]`. */
    readonly names: string,
    private readonly sources: readonly Source[] | undefined,
    private readonly judged: SourcesJudged,
  ) {}

  /** Some entry of `row` that begins with `start` names one of them, whatever its type. */
  refersInto(row: string, start: string): string {
    const reference = `substr(entry, char_length(${start}) + 1)`;
    return (
      `EXISTS (SELECT FROM unnest(${row}.val) AS entry CROSS JOIN LATERAL ${referred(reference)} AS target ` +
      `WHERE starts_with(entry, ${start}) AND entry = ${start} || target.type || '/' || target.id ` +
      `AND NOT target.deleted AND target.compartments && ${this.names} AND ${this.isSource('target', this.sources)})`
    );
  }

  include(type: string): boolean {
    return this.sources === undefined || this.sources.some(({ types }) => types.includes(type));
  }

  /** One of them, of `type`, holds the index entry. */
  isReferredTo(type: string, entry: string): string {
    const sources = this.sources?.filter(({ types }) => types.includes(type));
    return (
      `EXISTS (SELECT FROM ${tableOf(type)} AS referrer WHERE referrer.tenant = ${tenant} ` +
      `AND referrer.type = '${type}' AND NOT referrer.deleted AND referrer.compartments && ${this.names} ` +
      `AND referrer.tok @> ARRAY[lanyard_own_token(${tenant}, ${entry})] AND referrer.val @> ARRAY[${entry}]` +
      `${sources === undefined ? '' : ` AND ${this.isSource('referrer', sources)}`})`
    );
  }

  /** Types withheld from patients are no sources: their rows make no others visible, although filed with a record. */
  isSource(row: string, sources: readonly Source[] | undefined): string {
    if (sources !== undefined) return sourcesPredicate(sources, row, this.judged);
    return `${row}.type <> ALL (${this.judged.parameters.share([...withheldTypes], 'text[]')})`;
  }
}
