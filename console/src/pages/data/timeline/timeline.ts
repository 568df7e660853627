import type { FhirClient } from '../../../server/fhir-client.js';
import { type Bundle, linkOf, matchesOf } from '../searching/bundle.js';
import { isObject, type Resource, summaryOf } from '../summary.js';

/** Types of a timeline, with what they are sorted by. */
const sorts = {
  AllergyIntolerance: '-date',
  Condition: '-recorded-date',
  DiagnosticReport: '-date',
  DocumentReference: '-date',
  Encounter: '-date',
  Immunization: '-date',
  MedicationRequest: '-authoredon',
  Observation: '-date',
  Procedure: '-date',
  ServiceRequest: '-authored',
} as const;

export type TimelineType = keyof typeof sorts;
export const timelineTypes = Object.keys(sorts) as readonly TimelineType[];

/** Of each type. */
export const mostOfType = 100;

export interface Timeline {
  /** The newest first; those without a time last. */
  readonly events: readonly Resource[];
  /** Types that were refused, with the status. */
  readonly refused: readonly (readonly [type: string, status: string])[];
  /** Types of which the server has more. */
  readonly more: readonly string[];
}

interface BatchAnswer {
  readonly entry?: readonly { readonly response?: { readonly status?: string }; readonly resource?: Bundle }[];
}

/** The events of a patient, by one batch of searches: no address has the patient in it. Throws as {@link FhirClient.ask} does. */
export async function loadTimeline(fhir: FhirClient, patient: string, signal: AbortSignal): Promise<Timeline> {
  const entry = timelineTypes.map((type) => {
    const query = new URLSearchParams({ patient, _sort: sorts[type], _count: String(mostOfType) });
    return { request: { method: 'GET', url: `${type}?${query.toString()}` } };
  });
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
  const answer = await fhir.ask<BatchAnswer>({ method: 'POST', path: '', body, signal });
  return timelineOf(timelineTypes.map((_, at) => answer.entry?.[at] ?? {}));
}

export function timelineOf(answers: NonNullable<BatchAnswer['entry']>): Timeline {
  const told = answers.map(({ response, resource }, at) => ({
    type: timelineTypes[at]!,
    status: response?.status?.slice(0, 3) ?? '?',
    bundle: resource,
  }));
  const found = told.filter(({ status }) => status === '200');
  return {
    events: found
      .flatMap(({ bundle }) => matchesOf(bundle ?? {}))
      .toSorted((one, other) => timeOf(other) - timeOf(one)),
    refused: told.filter(({ status }) => status !== '200').map(({ type, status }) => [type, status]),
    more: found.filter(({ bundle }) => linkOf(bundle ?? {}, 'next') !== undefined).map(({ type }) => type),
  };
}

/** Elements that say when something happened, in the order in which they count. */
const times = [
  'effectiveDateTime',
  'effectiveInstant',
  'effectivePeriod',
  'performedDateTime',
  'performedPeriod',
  'occurrenceDateTime',
  'onsetDateTime',
  'onsetPeriod',
  'period',
  'authoredOn',
  'recordedDate',
  'date',
  'issued',
];

/** When it happened, as it is written; undefined where it does not say so. */
export function dateOf(resource: Resource): string | undefined {
  for (const name of times) {
    const value = resource[name];
    const text = isObject(value) ? value['start'] : value;
    if (typeof text === 'string') return text;
  }
  return undefined;
}

const timeOf = (resource: Resource): number => {
  const time = Date.parse(dateOf(resource) ?? '');
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
};

/** Elements that say what it is. */
const names = ['code', 'vaccineCode', 'medicationCodeableConcept', 'medicationReference', 'type', 'class', 'category'];
const values = ['valueQuantity', 'valueCodeableConcept', 'valueString', 'clinicalStatus', 'status'];

export const wordsOf = (resource: Resource): readonly [what: string, how: string] => [
  firstOf(resource, names),
  firstOf(resource, values),
];

const firstOf = (resource: Resource, elements: readonly string[]): string =>
  elements.map((name) => summaryOf(resource[name])).find((text) => text !== '') ?? '';
