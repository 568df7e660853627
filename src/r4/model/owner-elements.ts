import { isObject, type Json, type JsonObject } from '../json/json.js';
import { compartmentGroup } from './patient-compartment.js';
import { parseReference } from './reference.js';
import { resourceTypes } from './resource-types.js';

/**
 * An element that says whose record a resource is (ADR 41). Where it is present, who is limited to a record writes a literal
 * reference into that record there.
 */
export interface OwnerElement {
  /** Below the type, such as `participant.actor`. */
  readonly path: string;
  /** Others than patients stand there as well, who own nothing. */
  readonly alsoOthers?: true;
}

/** Patients who are named in any other element of these types (recorder, author, performer, recipient …) own nothing. */
const bySubject = [
  'Account',
  'AdverseEvent',
  'Basic',
  'CarePlan',
  'CareTeam',
  'ChargeItem',
  'ClinicalImpression',
  'Communication',
  'CommunicationRequest',
  'Composition',
  'Condition',
  'Contract',
  'DeviceRequest',
  'DeviceUseStatement',
  'DiagnosticReport',
  'DocumentManifest',
  'DocumentReference',
  'Encounter',
  'Flag',
  'Goal',
  'GuidanceResponse',
  'ImagingStudy',
  'Invoice',
  'List',
  'MeasureReport',
  'Media',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'RequestGroup',
  'RiskAssessment',
  'ServiceRequest',
  'Specimen',
];

const byPatient = [
  'AllergyIntolerance',
  'BodyStructure',
  'Claim',
  'ClaimResponse',
  'Consent',
  'CoverageEligibilityRequest',
  'CoverageEligibilityResponse',
  'DetectedIssue',
  'Device',
  'EpisodeOfCare',
  'ExplanationOfBenefit',
  'FamilyMemberHistory',
  'Immunization',
  'ImmunizationEvaluation',
  'ImmunizationRecommendation',
  'MolecularSequence',
  'NutritionOrder',
  'RelatedPerson',
  'SupplyDelivery',
  'VisionPrescription',
];

/** Types in which another element stands for `subject` or `patient`. */
const byOther: Readonly<Record<string, OwnerElement>> = {
  Appointment: { path: 'participant.actor', alsoOthers: true },
  AppointmentResponse: { path: 'actor' },
  Coverage: { path: 'beneficiary' },
  EnrollmentRequest: { path: 'candidate' },
  Person: { path: 'link.target' },
  ResearchSubject: { path: 'individual' },
  Schedule: { path: 'actor' },
  SupplyRequest: { path: 'deliverTo' },
  Task: { path: 'for' },
  // All resources that these name have to be of the record.
  Binary: { path: 'securityContext' },
  Provenance: { path: 'target' },
};

const subject: OwnerElement = { path: 'subject' };
const patient: OwnerElement = { path: 'patient' };

const elements: ReadonlyMap<string, OwnerElement> = new Map([
  ...bySubject.map((type) => [type, subject] as const),
  ...byPatient.map((type) => [type, patient] as const),
  ...Object.entries(byOther),
]);

/** Undefined for Patient, whose id says whose record it is, and for types that are in nobody's record. */
export const ownerElement = (type: string): OwnerElement | undefined => elements.get(type);

/** The types of a record by their owner element; a Patient has none. */
export const membersByOwner: ReadonlyMap<OwnerElement | undefined, readonly string[]> = groupMembers();

function groupMembers(): ReadonlyMap<OwnerElement | undefined, readonly string[]> {
  const groups = new Map<OwnerElement | undefined, string[]>();
  for (const type of resourceTypes) {
    if (compartmentGroup(type) !== 'member') continue;
    const element = ownerElement(type);
    groups.set(element, [...(groups.get(element) ?? []), type]);
  }
  return groups;
}

/** One value of the owner element of a resource. */
export interface NamedOwner {
  /** FHIRPath of the value, such as `Appointment.participant[1].actor`. */
  readonly expression: string;
  /** The reference to a resource of this server, `Type/id`; undefined for anything else. */
  readonly target: string | undefined;
}

/** Returns the owners that the resource names for its record, in the order of the document. */
export function namedOwners(resource: JsonObject, type: string, base: string): readonly NamedOwner[] {
  const element = ownerElement(type);
  if (!element) return [];
  return element.path
    .split('.')
    .reduce<readonly Place[]>(placesAt, [{ value: resource, expression: type }])
    .filter(({ value }) => element.alsoOthers !== true || mayBePatient(value, base))
    .map(({ value, expression }) => ({ expression, target: targetOf(value, base) }));
}

interface Place {
  readonly value: Json;
  readonly expression: string;
}

const placesAt = (places: readonly Place[], name: string): readonly Place[] =>
  places.flatMap(({ value, expression }) => {
    const held = isObject(value) ? value[name] : undefined;
    const isList = Array.isArray(held);
    const values = isList ? (held as readonly Json[]) : held === undefined ? [] : [held];
    return values.map((one, i) => ({ value: one, expression: `${expression}.${name}${isList ? `[${i}]` : ''}` }));
  });

const textAt = (value: Json, name: string): string | undefined => {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : undefined;
};

function targetOf(value: Json, base: string): string | undefined {
  const local = parseReference(textAt(value, 'reference') ?? '', base);
  return local && `${local.type}/${local.id}`;
}

/** False if the value names no Patient for certain: a reference elsewhere counts by its type, text names nobody. */
function mayBePatient(value: Json, base: string): boolean {
  const target = targetOf(value, base);
  if (target !== undefined) return target.startsWith('Patient/');
  const type = textAt(value, 'type');
  if (type !== undefined) return type.endsWith('Patient');
  return isObject(value) && (value['reference'] !== undefined || value['identifier'] !== undefined);
}
