import type { Constraint } from '../../../scope/grammar/scope-constraints.js';
import type { Words } from '../../words/en.js';

export type Kind = keyof Words['kinds'];

const hl7 = 'http://terminology.hl7.org/CodeSystem';
const usCore = 'http://hl7.org/fhir/us/core/CodeSystem';

/** Kinds of a type that a user can choose instead of all of it: `category` tokens, and their names. */
const categories: Readonly<Record<string, readonly (readonly [token: string, kind: Kind])[]>> = {
  Observation: [
    [`${hl7}/observation-category|laboratory`, 'laboratory'],
    [`${hl7}/observation-category|vital-signs`, 'vitalSigns'],
    [`${hl7}/observation-category|social-history`, 'socialHistory'],
    [`${hl7}/observation-category|survey`, 'survey'],
    [`${usCore}/us-core-category|sdoh`, 'sdoh'],
    [`${hl7}/observation-category|exam`, 'exam'],
    [`${hl7}/observation-category|imaging`, 'imaging'],
    [`${hl7}/observation-category|procedure`, 'procedure'],
    [`${hl7}/observation-category|therapy`, 'therapy'],
    [`${hl7}/observation-category|activity`, 'activity'],
  ],
  Condition: [
    [`${hl7}/condition-category|problem-list-item`, 'problemList'],
    [`${hl7}/condition-category|encounter-diagnosis`, 'encounterDiagnosis'],
    [`${usCore}/condition-category|health-concern`, 'healthConcern'],
    [`${usCore}/us-core-category|sdoh`, 'sdoh'],
  ],
  DiagnosticReport: [
    [`${hl7}/v2-0074|LAB`, 'laboratoryReports'],
    ['http://loinc.org|LP29684-5', 'radiologyReports'],
    ['http://loinc.org|LP29708-2', 'cardiologyReports'],
    ['http://loinc.org|LP7839-6', 'pathologyReports'],
  ],
  DocumentReference: [[`${usCore}/us-core-documentreference-category|clinical-note`, 'clinicalNotes']],
  MedicationRequest: [
    [`${hl7}/medicationrequest-category|outpatient`, 'outpatient'],
    [`${hl7}/medicationrequest-category|inpatient`, 'inpatient'],
    [`${hl7}/medicationrequest-category|community`, 'community'],
    [`${hl7}/medicationrequest-category|discharge`, 'discharge'],
  ],
  CarePlan: [[`${usCore}/careplan-category|assess-plan`, 'assessPlan']],
  ServiceRequest: [
    [`${usCore}/us-core-category|sdoh`, 'sdoh'],
    [`${usCore}/us-core-category|functional-status`, 'functionalStatus'],
    [`${usCore}/us-core-category|disability-status`, 'disabilityStatus'],
  ],
};

/** The kinds that a whole type can be narrowed to. */
export const categoriesOf = (type: string): readonly (readonly [token: string, kind: Kind])[] => categories[type] ?? [];

/** Describes constraints in words, where there are some; otherwise as they are written. */
export function constraintWords(words: Words, type: string, constraints: readonly Constraint[]): string {
  return constraints.map((constraint) => oneConstraint(words, type, constraint)).join(words.consent.and);
}

function oneConstraint(words: Words, type: string, { name, value }: Constraint): string {
  const known = name === 'category' && categoriesOf(type).find(([token]) => token === value);
  if (known) return words.kinds[known[1]];
  const code = value.includes('|') ? value.slice(value.lastIndexOf('|') + 1) : value;
  return words.consent.onlyWhere(name.replace(/^_/, '').replaceAll('-', ' '), code === '' ? value : code);
}
