import type { Criterion } from '../../../r4/search/query/criterion.js';

/** The search parameter of a type that says when the care was. */
interface CareDate {
  readonly code: string;
  /** Started work continues: only an end removes it. */
  readonly lasts?: true;
}

const at = (code: string): CareDate => ({ code });
const since = (code: string): CareDate => ({ code, lasts: true });

/** Types that are missing have no date of care: they come whatever is asked. */
const careDates: Readonly<Record<string, CareDate>> = {
  Account: at('period'),
  AdverseEvent: at('date'),
  AllergyIntolerance: since('onset'),
  Appointment: at('date'),
  CarePlan: at('date'),
  CareTeam: at('date'),
  ChargeItem: at('occurrence'),
  Claim: at('created'),
  ClaimResponse: at('created'),
  ClinicalImpression: at('date'),
  Communication: at('sent'),
  CommunicationRequest: at('occurrence'),
  Composition: at('date'),
  Condition: since('onset-date'),
  DetectedIssue: at('identified'),
  DeviceRequest: at('event-date'),
  DiagnosticReport: at('date'),
  DocumentManifest: at('created'),
  DocumentReference: at('date'),
  Encounter: at('date'),
  EpisodeOfCare: at('date'),
  ExplanationOfBenefit: at('created'),
  Flag: at('date'),
  Goal: since('start-date'),
  ImagingStudy: at('started'),
  Immunization: at('date'),
  ImmunizationEvaluation: at('date'),
  ImmunizationRecommendation: at('date'),
  Invoice: at('date'),
  List: at('date'),
  Media: at('created'),
  MedicationAdministration: at('effective-time'),
  MedicationDispense: at('whenhandedover'),
  MedicationRequest: at('authoredon'),
  MedicationStatement: at('effective'),
  NutritionOrder: at('datetime'),
  Observation: at('date'),
  Procedure: at('date'),
  QuestionnaireResponse: at('authored'),
  RequestGroup: at('authored'),
  RiskAssessment: at('date'),
  ServiceRequest: at('occurrence'),
  Specimen: at('collected'),
  SupplyRequest: at('date'),
  Task: at('period'),
  VisionPrescription: at('datewritten'),
};

/** The bounds of a call. */
export interface CareTime {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/** Queries of which one has to find a row of a type: within the bounds, or without any date. Absent where all rows count. */
export function careQueries(type: string, { start, end }: CareTime): readonly URLSearchParams[] | undefined {
  const date = careDates[type];
  if (!date) return undefined;
  const { code, lasts } = date;
  const bounds: [string, string][] = [];
  if (start !== undefined && !lasts) bounds.push([code, `ge${start}`]);
  if (end !== undefined) bounds.push([code, `le${end}`]);
  if (bounds.length === 0) return undefined;
  return [new URLSearchParams(bounds), new URLSearchParams([[`${code}:missing`, 'true']])];
}

/** One list of criteria has to hold. */
export const anyOfLists = (lists: readonly (readonly Criterion[])[]): Criterion => ({
  kind: 'any',
  of: lists.map((of) => ({ kind: 'all', of })),
});
