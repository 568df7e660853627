/** Words for a resource type, for people who have never heard of FHIR. */
export interface TypeWords {
  readonly title: string;
  readonly more?: string;
}

/** Types by what they are about, in the order in which people care. */
export const typeGroups: readonly (readonly [group: string, types: Readonly<Record<string, TypeWords>>])[] = [
  [
    'About the person',
    {
      Patient: { title: 'Personal details', more: 'Name, birth date, sex, address, telephone, identifiers' },
      RelatedPerson: { title: 'Family and contacts', more: 'Relatives, partners and people who help' },
      Person: { title: 'Links between records', more: 'Which records belong to the same human being' },
    },
  ],
  [
    'Health',
    {
      Condition: { title: 'Conditions and diagnoses', more: 'Illnesses, problems and health concerns' },
      AllergyIntolerance: { title: 'Allergies', more: 'Allergies and intolerances, and the reactions to them' },
      Immunization: { title: 'Vaccinations' },
      ImmunizationEvaluation: { title: 'Checks of vaccinations' },
      ImmunizationRecommendation: { title: 'Recommended vaccinations' },
      Procedure: { title: 'Procedures', more: 'Operations, treatments and interventions' },
      FamilyMemberHistory: { title: 'Family history', more: 'Illnesses of relatives' },
      ClinicalImpression: { title: 'Assessments', more: 'What clinicians made of an examination' },
      RiskAssessment: { title: 'Risk assessments' },
      DetectedIssue: { title: 'Warnings', more: 'Such as medicines that do not go together' },
      AdverseEvent: { title: 'Unwanted events', more: 'Harm, or near harm, during care' },
      BodyStructure: { title: 'Body structures' },
    },
  ],
  [
    'Test results',
    {
      Observation: {
        title: 'Measurements and results',
        more: 'Laboratory values, blood pressure, weight, smoking, answers to surveys',
      },
      DiagnosticReport: { title: 'Diagnostic reports', more: 'Reports of laboratory, imaging and pathology' },
      Specimen: { title: 'Samples', more: 'Blood, tissue and other samples' },
      ImagingStudy: { title: 'Imaging studies', more: 'X-ray, CT, MRI and ultrasound' },
      Media: { title: 'Photos, videos and recordings' },
      MolecularSequence: { title: 'Genetic sequences' },
    },
  ],
  [
    'Medicines',
    {
      MedicationRequest: { title: 'Prescriptions', more: 'Medicines ordered or prescribed' },
      MedicationStatement: { title: 'Medicines taken', more: 'What somebody takes, as far as is known' },
      MedicationDispense: { title: 'Medicines handed out', more: 'By a pharmacy' },
      MedicationAdministration: { title: 'Medicines given', more: 'During care' },
      Medication: { title: 'Names of medicines', more: 'What the entries on medicines refer to' },
    },
  ],
  [
    'Documents and forms',
    {
      DocumentReference: { title: 'Documents', more: 'Notes, letters and other files' },
      Composition: { title: 'Composed documents', more: 'Such as a discharge summary' },
      DocumentManifest: { title: 'Sets of documents' },
      Binary: { title: 'Contents of files', more: 'What the documents and reports point to' },
      QuestionnaireResponse: { title: 'Answered questionnaires' },
      Questionnaire: { title: 'Questionnaires', more: 'The questions, without answers' },
      Consent: { title: 'Consents', more: 'What was agreed to, and what was not' },
      List: { title: 'Lists' },
    },
  ],
  [
    'Visits and plans',
    {
      Encounter: { title: 'Visits', more: 'Hospital stays, appointments held, telephone calls' },
      Appointment: { title: 'Appointments' },
      AppointmentResponse: { title: 'Answers to appointments' },
      CarePlan: { title: 'Care plans', more: 'What is planned for whom' },
      CareTeam: { title: 'Care team', more: 'Who takes part in the care' },
      Goal: { title: 'Goals', more: 'What the care is to reach' },
      ServiceRequest: { title: 'Orders and referrals', more: 'Tests and treatments asked for' },
      EpisodeOfCare: { title: 'Episodes of care' },
      NutritionOrder: { title: 'Diet orders' },
      RequestGroup: { title: 'Groups of orders' },
      Communication: { title: 'Messages', more: 'About the care' },
      CommunicationRequest: { title: 'Messages to be sent' },
      Task: { title: 'Tasks' },
      Flag: { title: 'Alerts', more: 'What care teams need to know at once' },
      Schedule: { title: 'Schedules' },
      Slot: { title: 'Free times for appointments' },
    },
  ],
  [
    'Devices and aids',
    {
      Device: { title: 'Devices', more: 'Implants, monitors and aids' },
      DeviceRequest: { title: 'Orders of devices' },
      DeviceUseStatement: { title: 'Use of devices' },
      DeviceMetric: { title: 'What devices measure' },
      VisionPrescription: { title: 'Glasses and contact lenses' },
      SupplyRequest: { title: 'Orders of supplies' },
      SupplyDelivery: { title: 'Deliveries of supplies' },
    },
  ],
  [
    'Insurance and bills',
    {
      Coverage: { title: 'Insurance cover' },
      CoverageEligibilityRequest: { title: 'Questions to the insurer' },
      CoverageEligibilityResponse: { title: 'Answers of the insurer' },
      Claim: { title: 'Claims', more: 'What an insurer was asked to pay' },
      ClaimResponse: { title: 'Decisions on claims' },
      ExplanationOfBenefit: { title: 'What the insurer paid', more: 'Explanations of benefit' },
      Invoice: { title: 'Bills' },
      Account: { title: 'Accounts', more: 'What is charged together' },
      ChargeItem: { title: 'Charges' },
      Contract: { title: 'Contracts' },
      EnrollmentRequest: { title: 'Enrolments' },
      InsurancePlan: { title: 'Insurance plans on offer' },
    },
  ],
  [
    'People and places of care',
    {
      Practitioner: { title: 'Clinicians', more: 'Names and contacts of doctors, nurses and others' },
      PractitionerRole: { title: 'Roles of clinicians', more: 'Who works where, in which specialty' },
      Organization: { title: 'Hospitals, practices and other organisations' },
      Location: { title: 'Places' },
      HealthcareService: { title: 'Services on offer' },
      OrganizationAffiliation: { title: 'Partner organisations' },
      Endpoint: { title: 'Technical addresses' },
    },
  ],
  [
    'History of the record',
    {
      Provenance: { title: 'Where data comes from', more: 'Who wrote what, and when' },
      AuditEvent: { title: 'Access log', more: 'Who looked at or changed what' },
    },
  ],
];

const words: ReadonlyMap<string, TypeWords> = new Map(typeGroups.flatMap(([, types]) => Object.entries(types)));
const groups: ReadonlyMap<string, string> = new Map(
  typeGroups.flatMap(([group, types]) => Object.keys(types).map((type) => [type, group] as const)),
);

const ranks: ReadonlyMap<string, number> = new Map([...words.keys()].map((type, at) => [type, at]));

/** Its place among the types; those without words of their own come last. */
export const rankOf = (type: string): number => ranks.get(type) ?? ranks.size;

/** For the types that hardly anybody asks for. */
export const otherGroup = 'Other kinds of data';

/** Names in the order of the groups, `otherGroup` last. */
export const groupNames: readonly string[] = [...typeGroups.map(([group]) => group), otherGroup];

export const groupOf = (type: string): string => groups.get(type) ?? otherGroup;

/** `RiskEvidenceSynthesis` is read as "Risk evidence synthesis" where there is no better word. */
export function wordsOf(type: string): TypeWords {
  if (type === '*') return { title: 'Everything', more: 'All kinds of data, also those that are added later' };
  return words.get(type) ?? { title: spaced(type) };
}

function spaced(type: string): string {
  const text = type.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
