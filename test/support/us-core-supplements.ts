import type { Resource } from './us-core.js';

/** Resources that searches and includes of US Core need and no example of it has. */
export const supplements: readonly Resource[] = [
  {
    resourceType: 'PractitionerRole',
    id: 'supplement',
    practitioner: { reference: 'Practitioner/practitioner-1' },
    specialty: [{ coding: [{ system: 'http://nucc.org/provider-taxonomy', code: '207RC0000X' }] }],
    endpoint: [{ reference: 'Endpoint/supplement' }],
  },
  {
    resourceType: 'Endpoint',
    id: 'supplement',
    status: 'active',
    connectionType: {
      system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
      code: 'direct-project',
    },
    payloadType: [{ text: 'any' }],
    address: 'mailto:practitioner@example.org',
  },
  {
    resourceType: 'Encounter',
    id: 'supplement',
    identifier: [{ system: 'http://hospital.example.org/visits', value: 'V-1' }],
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: 'Patient/example' },
  },
  {
    resourceType: 'RelatedPerson',
    id: 'supplement',
    patient: { reference: 'Patient/example' },
  },
  {
    resourceType: 'CareTeam',
    id: 'supplement',
    status: 'active',
    subject: { reference: 'Patient/example' },
    participant: [
      'PractitionerRole/supplement',
      'RelatedPerson/supplement',
      'Practitioner/practitioner-1',
      'Patient/example',
    ].map((reference) => ({ member: { reference } })),
  },
  {
    resourceType: 'QuestionnaireResponse',
    id: 'supplement',
    meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'sdoh' }] },
    status: 'completed',
    questionnaire: 'http://example.org/Questionnaire/any',
    subject: { reference: 'Patient/example' },
    authored: '2023-05-01T10:00:00Z',
  },
  {
    resourceType: 'MedicationDispense',
    id: 'supplement',
    status: 'completed',
    subject: { reference: 'Patient/example' },
    medicationReference: { reference: 'Medication/uscore-med1' },
  },
];
