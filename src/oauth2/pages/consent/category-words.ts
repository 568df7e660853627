import type { Constraint } from '../../../scope/grammar/scope-constraints.js';

const hl7 = 'http://terminology.hl7.org/CodeSystem';
const usCore = 'http://hl7.org/fhir/us/core/CodeSystem';

/** Kinds of a type that a user can choose instead of all of it: `category` tokens, and words for them. */
const categories: Readonly<Record<string, readonly (readonly [token: string, title: string])[]>> = {
  Observation: [
    [`${hl7}/observation-category|laboratory`, 'Laboratory results'],
    [`${hl7}/observation-category|vital-signs`, 'Vital signs: blood pressure, weight, temperature'],
    [`${hl7}/observation-category|social-history`, 'Life style: smoking, work, housing'],
    [`${hl7}/observation-category|survey`, 'Answers to surveys'],
    [`${usCore}/us-core-category|sdoh`, 'Social circumstances'],
    [`${hl7}/observation-category|exam`, 'Examinations'],
    [`${hl7}/observation-category|imaging`, 'Imaging'],
    [`${hl7}/observation-category|procedure`, 'Measured during procedures'],
    [`${hl7}/observation-category|therapy`, 'Therapies'],
    [`${hl7}/observation-category|activity`, 'Activity and fitness'],
  ],
  Condition: [
    [`${hl7}/condition-category|problem-list-item`, 'Problem list'],
    [`${hl7}/condition-category|encounter-diagnosis`, 'Diagnoses of visits'],
    [`${usCore}/condition-category|health-concern`, 'Health concerns'],
    [`${usCore}/us-core-category|sdoh`, 'Social circumstances'],
  ],
  DiagnosticReport: [
    [`${hl7}/v2-0074|LAB`, 'Laboratory reports'],
    ['http://loinc.org|LP29684-5', 'Radiology reports'],
    ['http://loinc.org|LP29708-2', 'Cardiology reports'],
    ['http://loinc.org|LP7839-6', 'Pathology reports'],
  ],
  DocumentReference: [[`${usCore}/us-core-documentreference-category|clinical-note`, 'Clinical notes']],
  MedicationRequest: [
    [`${hl7}/medicationrequest-category|outpatient`, 'Ordered for outside the hospital'],
    [`${hl7}/medicationrequest-category|inpatient`, 'Ordered during a hospital stay'],
    [`${hl7}/medicationrequest-category|community`, 'To be taken at home'],
    [`${hl7}/medicationrequest-category|discharge`, 'Ordered on leaving the hospital'],
  ],
  CarePlan: [[`${usCore}/careplan-category|assess-plan`, 'Assessment and plan of treatment']],
  ServiceRequest: [
    [`${usCore}/us-core-category|sdoh`, 'Social circumstances'],
    [`${usCore}/us-core-category|functional-status`, 'How everyday life is managed'],
    [`${usCore}/us-core-category|disability-status`, 'Disabilities'],
  ],
};

/** The kinds that a whole type can be narrowed to. */
export const categoriesOf = (type: string): readonly (readonly [token: string, title: string])[] =>
  categories[type] ?? [];

/** Describes constraints in words, where there are some; otherwise as they are written. */
export function constraintWords(type: string, constraints: readonly Constraint[]): string {
  return constraints.map((constraint) => oneConstraint(type, constraint)).join(', and ');
}

function oneConstraint(type: string, { name, value }: Constraint): string {
  const known = name === 'category' && categoriesOf(type).find(([token]) => token === value);
  if (known) return known[1];
  const code = value.includes('|') ? value.slice(value.lastIndexOf('|') + 1) : value;
  return `Only where ${name.replace(/^_/, '').replaceAll('-', ' ')} is ${code === '' ? value : code}`;
}
