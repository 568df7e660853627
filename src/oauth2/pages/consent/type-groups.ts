import type { Words } from '../../words/en.js';

export type GroupName = keyof Words['groups'];

/** Types by what they are about, in the order in which people care. Every type of R4 is in one of them. */
export const typeGroups: Readonly<Record<GroupName, readonly (keyof Words['types'])[]>> = {
  person: ['Patient', 'RelatedPerson', 'Person', 'Group'],
  health: [
    'Condition',
    'AllergyIntolerance',
    'Immunization',
    'ImmunizationEvaluation',
    'ImmunizationRecommendation',
    'Procedure',
    'FamilyMemberHistory',
    'ClinicalImpression',
    'RiskAssessment',
    'DetectedIssue',
    'AdverseEvent',
    'BodyStructure',
  ],
  results: ['Observation', 'DiagnosticReport', 'Specimen', 'ImagingStudy', 'Media', 'MolecularSequence'],
  medicines: [
    'MedicationRequest',
    'MedicationStatement',
    'MedicationDispense',
    'MedicationAdministration',
    'Medication',
  ],
  documents: [
    'DocumentReference',
    'Composition',
    'DocumentManifest',
    'Binary',
    'QuestionnaireResponse',
    'Questionnaire',
    'Consent',
    'List',
  ],
  visits: [
    'Encounter',
    'Appointment',
    'AppointmentResponse',
    'CarePlan',
    'CareTeam',
    'Goal',
    'ServiceRequest',
    'EpisodeOfCare',
    'NutritionOrder',
    'RequestGroup',
    'Communication',
    'CommunicationRequest',
    'Task',
    'Flag',
    'Schedule',
    'Slot',
  ],
  devices: [
    'Device',
    'DeviceRequest',
    'DeviceUseStatement',
    'DeviceMetric',
    'DeviceDefinition',
    'VisionPrescription',
    'SupplyRequest',
    'SupplyDelivery',
    'BiologicallyDerivedProduct',
  ],
  insurance: [
    'Coverage',
    'CoverageEligibilityRequest',
    'CoverageEligibilityResponse',
    'Claim',
    'ClaimResponse',
    'ExplanationOfBenefit',
    'Invoice',
    'Account',
    'ChargeItem',
    'ChargeItemDefinition',
    'PaymentNotice',
    'PaymentReconciliation',
    'Contract',
    'EnrollmentRequest',
    'EnrollmentResponse',
    'InsurancePlan',
  ],
  care: [
    'Practitioner',
    'PractitionerRole',
    'Organization',
    'Location',
    'HealthcareService',
    'OrganizationAffiliation',
    'Endpoint',
  ],
  record: ['Provenance', 'AuditEvent', 'VerificationResult', 'Linkage', 'Basic'],
  research: [
    'ResearchStudy',
    'ResearchSubject',
    'ResearchDefinition',
    'ResearchElementDefinition',
    'Evidence',
    'EvidenceVariable',
    'EffectEvidenceSynthesis',
    'RiskEvidenceSynthesis',
    'Measure',
    'MeasureReport',
  ],
  knowledge: [
    'MedicationKnowledge',
    'MedicinalProduct',
    'MedicinalProductAuthorization',
    'MedicinalProductContraindication',
    'MedicinalProductIndication',
    'MedicinalProductIngredient',
    'MedicinalProductInteraction',
    'MedicinalProductManufactured',
    'MedicinalProductPackaged',
    'MedicinalProductPharmaceutical',
    'MedicinalProductUndesirableEffect',
    'Substance',
    'SubstanceSpecification',
    'SubstanceNucleicAcid',
    'SubstancePolymer',
    'SubstanceProtein',
    'SubstanceReferenceInformation',
    'SubstanceSourceMaterial',
  ],
  guidance: [
    'ActivityDefinition',
    'PlanDefinition',
    'EventDefinition',
    'GuidanceResponse',
    'Library',
    'ObservationDefinition',
    'SpecimenDefinition',
    'CatalogEntry',
  ],
  technical: [
    'CapabilityStatement',
    'TerminologyCapabilities',
    'CodeSystem',
    'ValueSet',
    'ConceptMap',
    'NamingSystem',
    'StructureDefinition',
    'StructureMap',
    'ImplementationGuide',
    'SearchParameter',
    'OperationDefinition',
    'CompartmentDefinition',
    'GraphDefinition',
    'MessageDefinition',
    'MessageHeader',
    'ExampleScenario',
    'Subscription',
    'TestScript',
    'TestReport',
    'Bundle',
    'OperationOutcome',
    'Parameters',
  ],
};

export const groupNames = Object.keys(typeGroups) as readonly GroupName[];

const groups: ReadonlyMap<string, GroupName> = new Map(
  groupNames.flatMap((group) => typeGroups[group].map((type) => [type, group] as const)),
);
const ranks: ReadonlyMap<string, number> = new Map(
  Object.values(typeGroups)
    .flat()
    .map((type, at) => [type, at]),
);

/** Its place among the types. */
export const rankOf = (type: string): number => ranks.get(type) ?? -1;

/** `*` stands before all. */
export const groupOf = (type: string): GroupName => groups.get(type) ?? groupNames[0]!;

/** Name of a type in this language; `*` is everything. */
export const titleOf = (words: Words, type: string): string => linesOf(words, type)[0];

/** Content of a type. */
export const moreOf = (words: Words, type: string): string => linesOf(words, type)[1];

const linesOf = (words: Words, type: string) =>
  Object.hasOwn(words.types, type) ? words.types[type as keyof Words['types']] : words.everything;
