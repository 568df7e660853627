import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { compartmentMembers } from '../../../r4/model/compartments.js';
import { compartmentGroup } from '../../../r4/model/patient-compartment.js';
import { resourceTypes, suggestType } from '../../../r4/model/resource-types.js';
import type { OperationCall } from '../operation.js';
import type { everythingDeclaration } from './everything-declaration.js';

export type EverythingCall = OperationCall<typeof everythingDeclaration>;

/** A call as it was asked for. */
export interface EverythingRequest {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly since?: string | undefined;
  /** Types that were named, in order; absent: all that may be. */
  readonly types?: readonly string[];
  /** Matches of a page; 1 or more. */
  readonly count: number;
  readonly cursor?: string | undefined;
}

interface CountSettings {
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
}

/** Types of the rows of a record, in order; those beside it are there because something refers to them. */
export const recordTypes: Readonly<Record<string, readonly string[]>> = {
  Patient: [...resourceTypes].filter((type) => compartmentGroup(type) === 'member').toSorted(),
  Encounter: compartmentMembers('Encounter').filter((type) => type !== 'AuditEvent'),
  EpisodeOfCare: [...compartmentMembers('Encounter'), 'EpisodeOfCare']
    .filter((type) => type !== 'AuditEvent')
    .toSorted(),
};

/** Types that are the same for all records, or only there with what they belong to. */
export const isBeside = (type: string): boolean => compartmentGroup(type) === 'shared' || besides.has(type);
const besides: ReadonlySet<string> = new Set(['Device', 'Binary', 'Provenance']);

/** Throws 400 with all that is wrong. */
export function readEverything({ type = '', parameters }: EverythingCall, settings: CountSettings): EverythingRequest {
  const { start, end, _since: since, _type: named, _count: asked, _cursor: cursor } = parameters;
  const types = [...new Set(named.flatMap((text) => text.split(',')))].toSorted();
  const wrong = [...wrongTypes(type, types), ...wrongBounds(start, end)];
  if (asked !== undefined && asked < 1) wrong.push(invalid(`_count=${asked} is not a number of 1 and more.`));
  if (wrong.length > 0) throw new InvalidRequest(...wrong);
  const count = Math.min(asked ?? settings.searchCountDefault, settings.searchCountMax);
  return { start, end, since, ...(types.length > 0 && { types }), count, cursor };
}

function wrongTypes(owner: string, types: readonly string[]): readonly Issue[] {
  const offered = recordTypes[owner === 'Group' ? 'Patient' : owner]!;
  return types
    .filter((one) => !offered.includes(one) && !isBeside(one) && one !== ownPatient(owner))
    .map((one) => unknownType(one, offered));
}

/** Of one length, their texts are in the order of time. */
const wrongBounds = (start: string | undefined, end: string | undefined): readonly Issue[] =>
  start !== undefined && start.length === end?.length && start > end
    ? [invalid(`start=${start} lies after end=${end}.`)]
    : [];

/** The patient of an encounter or an episode is no part of their compartment; both refer to the patient. */
export const ownPatient = (type: string): string | undefined =>
  type === 'Encounter' || type === 'EpisodeOfCare' ? 'Patient' : undefined;

function unknownType(name: string, offered: readonly string[]): Issue {
  if (resourceTypes.has(name)) {
    return invalid(`_type: ${name} is in no such record. Its types are ${offered.join(', ')}.`);
  }
  const suggestion = suggestType(name);
  const advice = suggestion === undefined ? ` Its types are ${offered.join(', ')}.` : ` Did you mean ${suggestion}?`;
  return invalid(`_type: "${printable(name)}" is not a FHIR R4 resource type.${advice}`);
}

const invalid = (diagnostics: string): Issue => ({ code: 'invalid', diagnostics });
