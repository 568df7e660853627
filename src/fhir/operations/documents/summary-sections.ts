/** A search that a section has resources of. */
export interface SectionSearch {
  readonly type: string;
  /** Beside `patient`. */
  readonly query: string;
}

/** A section of the International Patient Summary. */
export interface SummarySection {
  readonly title: string;
  /** LOINC. */
  readonly code: string;
  readonly display: string;
  readonly searches: readonly SectionSearch[];
  /** Code for "no information" in a section that each summary has. */
  readonly absent?: (subject: object) => object;
}

const absentSystem = 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips';
const absentCode = (code: string, display: string): object => ({ coding: [{ system: absentSystem, code, display }] });
const active = (system: string): object => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: 'active' }],
});
const unknownTime = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};

const wrong = 'verification-status:not=entered-in-error,refuted';
const results = 'status=final,amended,corrected,preliminary';

/** http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips: the first three are required. */
export const summarySections: readonly SummarySection[] = [
  {
    title: 'Problems',
    code: '11450-4',
    display: 'Problem list - Reported',
    searches: [{ type: 'Condition', query: `clinical-status:not=inactive,remission,resolved&${wrong}` }],
    absent: (subject) => ({
      resourceType: 'Condition',
      clinicalStatus: active('condition-clinical'),
      code: absentCode('no-problem-info', 'No information about problems'),
      subject,
    }),
  },
  {
    title: 'Allergies and intolerances',
    code: '48765-2',
    display: 'Allergies and adverse reactions Document',
    searches: [{ type: 'AllergyIntolerance', query: wrong }],
    absent: (patient) => ({
      resourceType: 'AllergyIntolerance',
      clinicalStatus: active('allergyintolerance-clinical'),
      code: absentCode('no-allergy-info', 'No information about allergies'),
      patient,
    }),
  },
  {
    title: 'Medications',
    code: '10160-0',
    display: 'History of Medication use Narrative',
    searches: [
      { type: 'MedicationStatement', query: 'status=active,intended,unknown,on-hold' },
      { type: 'MedicationRequest', query: 'status=active,unknown,on-hold' },
    ],
    absent: (subject) => ({
      resourceType: 'MedicationStatement',
      status: 'unknown',
      medicationCodeableConcept: absentCode('no-medication-info', 'No information about medications'),
      subject,
      _effectiveDateTime: unknownTime,
    }),
  },
  {
    title: 'Immunizations',
    code: '11369-6',
    display: 'History of Immunization note',
    searches: [{ type: 'Immunization', query: 'status=completed' }],
  },
  {
    title: 'Results',
    code: '30954-2',
    display: 'Relevant diagnostic tests/laboratory data note',
    searches: [
      { type: 'Observation', query: `category=laboratory&${results}&_sort=-date` },
      { type: 'DiagnosticReport', query: `${results}&_sort=-date` },
    ],
  },
  {
    title: 'Procedures',
    code: '47519-4',
    display: 'History of Procedures Document',
    searches: [{ type: 'Procedure', query: 'status:not=entered-in-error,not-done&_sort=-date' }],
  },
  {
    title: 'Medical devices',
    code: '46264-8',
    display: 'History of medical device use',
    searches: [{ type: 'DeviceUseStatement', query: '' }],
  },
  {
    title: 'Past illnesses',
    code: '11348-0',
    display: 'History of Past illness note',
    searches: [{ type: 'Condition', query: `clinical-status=inactive,remission,resolved&${wrong}` }],
  },
  {
    title: 'Vital signs',
    code: '8716-3',
    display: 'Vital signs note',
    searches: [{ type: 'Observation', query: `category=vital-signs&${results}&_sort=-date` }],
  },
  {
    title: 'Social history',
    code: '29762-2',
    display: 'Social history note',
    searches: [{ type: 'Observation', query: `category=social-history&${results}&_sort=-date` }],
  },
  {
    title: 'Plan of care',
    code: '18776-5',
    display: 'Plan of care note',
    searches: [{ type: 'CarePlan', query: 'status=active,on-hold' }],
  },
  {
    title: 'Alerts',
    code: '104605-1',
    display: 'Alert',
    searches: [{ type: 'Flag', query: '' }],
  },
];
