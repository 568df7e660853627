import { publishedCompartments } from './compartments.js';

/**
 * Relation of a type to the record of one patient (https://hl7.org/fhir/R4/compartmentdefinition-patient.html):
 * `member` by its own references, `derived` through other resources, `shared` by all patients, `withheld` from them.
 */
export type CompartmentGroup = 'member' | 'derived' | 'shared' | 'withheld';

/** https://hl7.org/fhir/R4/compartmentdefinition-patient.html, as published. */
const published = publishedCompartments['Patient'];

/** Parameters that differ from HL7's: links, groups and audit records do not open a record, four types are added. */
const ours: Readonly<Record<string, readonly string[]>> = {
  Patient: [],
  Group: [],
  AuditEvent: [],
  Device: ['patient'],
  Task: ['patient'],
  GuidanceResponse: ['subject'],
  Contract: ['subject'],
};

const parameters: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({ ...published, ...ours }));

/** Through Provenance.target, and through Binary.securityContext or what points at the Binary. */
const derived: ReadonlySet<string> = new Set(['Provenance', 'Binary']);

/** Members by HL7's definition that a patient's token still does not see. */
export const withheldTypes: ReadonlySet<string> = new Set(['Group', 'AuditEvent']);

const shared: ReadonlySet<string> = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'OrganizationAffiliation',
  'Location',
  'HealthcareService',
  'Endpoint',
  'Medication',
  'MedicationKnowledge',
  'Substance',
  'InsurancePlan',
  // Definitions and terminology: the same for everybody.
  'ActivityDefinition',
  'CapabilityStatement',
  'ChargeItemDefinition',
  'CodeSystem',
  'CompartmentDefinition',
  'ConceptMap',
  'DeviceDefinition',
  'EffectEvidenceSynthesis',
  'EventDefinition',
  'Evidence',
  'EvidenceVariable',
  'ExampleScenario',
  'GraphDefinition',
  'ImplementationGuide',
  'Library',
  'Measure',
  'MessageDefinition',
  'NamingSystem',
  'ObservationDefinition',
  'OperationDefinition',
  'PlanDefinition',
  'Questionnaire',
  'ResearchDefinition',
  'ResearchElementDefinition',
  'RiskEvidenceSynthesis',
  'SearchParameter',
  'SpecimenDefinition',
  'StructureDefinition',
  'StructureMap',
  'TerminologyCapabilities',
  'TestScript',
  'ValueSet',
]);

/** Types that make a Binary visible by pointing at it (docs/adr/0009), with the way to their Attachments. */
export const binaryReferrers: ReadonlyMap<string, readonly string[]> = new Map([
  ['DocumentReference', ['content', 'attachment']],
  ['DiagnosticReport', ['presentedForm']],
  ['Media', ['content']],
]);

export function compartmentGroup(type: string): CompartmentGroup {
  if (derived.has(type)) return 'derived';
  if (withheldTypes.has(type)) return 'withheld';
  if (shared.has(type)) return 'shared';
  return parameters.has(type) ? 'member' : 'withheld';
}

/**
 * Codes of the search parameters whose references to `Patient/x` put a resource of this type into compartment
 * `Patient/x`. Empty for Patient, which belongs to its own compartment by its id and to no other.
 */
export const patientCompartmentParameters = (type: string): readonly string[] => parameters.get(type) ?? [];
