import type { JsonObject } from '../r4/json/json.js';
import {
  aCondition,
  anEncounter,
  anObservation,
  anOrganization,
  aPatient,
  aPractitioner,
  type BuiltResource,
} from './resources.js';

const terminology = 'http://terminology.hl7.org/CodeSystem';
const ucum = 'http://unitsofmeasure.org';
const loinc = 'http://loinc.org';

/** Resources of one record; their ids begin with that of the patient. */
export interface SampleRecord {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male';
  readonly birthDate: string;
  /** Reference to the Organization that has the patient. */
  readonly organization: string;
  /** Reference to the Practitioner who saw them. */
  readonly practitioner: string;
}

const practice = 'Organization/harbour-clinic';
const doctor = 'Practitioner/dr-brandt';

const seenThere = { organization: practice, practitioner: doctor };
const people = {
  ada: { id: 'ada', family: 'Lindgren', given: 'Ada', gender: 'female', birthDate: '1971-06-14', ...seenThere },
  bo: { id: 'bo', family: 'Okafor', given: 'Bo', gender: 'male', birthDate: '1958-11-02', ...seenThere },
} as const satisfies Record<string, SampleRecord>;

/**
 * A clinic, a doctor and the records of two patients, `Patient/ada` and `Patient/bo`: of the shape that Synthea generates,
 * written for tests. Each record has two Encounters, three Observations and a Condition.
 */
export const sampleRecords = (): readonly BuiltResource[] => [
  anOrganization({ id: 'harbour-clinic', identifier: [{ system: 'http://example.org/organizations', value: 'hc' }] }),
  aPractitioner({ id: 'dr-brandt', identifier: [{ system: 'http://example.org/doctors', value: '1001' }] }),
  ...recordOf('ada'),
  ...recordOf('bo'),
];

/** The record of one of the two patients, without clinic and doctor. */
export const recordOf = (patient: keyof typeof people): readonly BuiltResource[] => sampleRecord(people[patient]);

/** The resources of one patient, the Patient first. */
export function sampleRecord(of: SampleRecord): readonly BuiltResource[] {
  const { id } = of;
  const subject = `Patient/${id}`;
  const encounter = { reference: `Encounter/${id}-visit-2` };
  return [
    samplePatient(of),
    visit(of, 1, '2023-04-18'),
    visit(of, 2, '2024-05-01'),
    vitalSign(subject, 'heartrate', {
      id: `${id}-pulse`,
      encounter,
      code: { coding: [{ system: loinc, code: '8867-4', display: 'Heart rate' }] },
      valueQuantity: { value: 71, unit: '/min', system: ucum, code: '/min' },
    }),
    vitalSign(subject, 'bp', {
      id: `${id}-pressure`,
      encounter,
      code: { coding: [{ system: loinc, code: '85354-9', display: 'Blood pressure panel' }] },
      component: [
        pressure('8480-6', 'Systolic blood pressure', 134),
        pressure('8462-4', 'Diastolic blood pressure', 86),
      ],
    }),
    anObservation(subject, {
      id: `${id}-ldl`,
      encounter,
      code: { coding: [{ system: loinc, code: '13457-7', display: 'LDL cholesterol, calculated' }] },
      valueQuantity: { value: 128, unit: 'mg/dL', system: ucum, code: 'mg/dL' },
    }),
    aCondition(subject, { id: `${id}-hypertension`, encounter: { reference: `Encounter/${id}-visit-1` } }),
  ];
}

const samplePatient = ({ id, family, given, gender, birthDate, organization, practitioner }: SampleRecord) =>
  aPatient({
    id,
    identifier: [
      {
        type: { coding: [{ system: `${terminology}/v2-0203`, code: 'MR', display: 'Medical record number' }] },
        system: 'http://example.org/patients',
        value: `mrn-${id}`,
      },
    ],
    active: true,
    name: [{ use: 'official', family, given: [given] }],
    telecom: [{ system: 'phone', value: '555-0100', use: 'home' }],
    gender,
    birthDate,
    address: [{ line: ['1 Quay Street'], city: 'Port Ellery', postalCode: '00100', country: 'US' }],
    generalPractitioner: [{ reference: practitioner }],
    managingOrganization: { reference: organization },
  });

const visit = ({ id, organization, practitioner }: SampleRecord, number: number, day: string) =>
  anEncounter(`Patient/${id}`, {
    id: `${id}-visit-${number}`,
    period: { start: `${day}T09:40:00Z`, end: `${day}T10:20:00Z` },
    participant: [{ individual: { reference: practitioner } }],
    serviceProvider: { reference: organization },
  });

const vitalSign = (subject: string, profile: 'bp' | 'heartrate', changes: JsonObject) =>
  anObservation(subject, {
    meta: { profile: [`http://hl7.org/fhir/StructureDefinition/${profile}`] },
    category: [{ coding: [{ system: `${terminology}/observation-category`, code: 'vital-signs' }] }],
    ...changes,
  });

const pressure = (code: string, display: string, value: number): JsonObject => ({
  code: { coding: [{ system: loinc, code, display }] },
  valueQuantity: { value, unit: 'mmHg', system: ucum, code: 'mm[Hg]' },
});
