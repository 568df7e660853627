const code = { coding: [{ system: '', code: '', display: '' }] };
const subject = { reference: 'Patient/' };

/** Elements to fill in, of the types that people create by hand: those that R4 requires, and what the type is about. */
const elements: Readonly<Record<string, object>> = {
  AllergyIntolerance: { clinicalStatus: code, code, patient: subject },
  Appointment: { status: '', start: '', end: '', participant: [{ actor: subject, status: '' }] },
  CarePlan: { status: '', intent: '', title: '', subject },
  CareTeam: { status: '', name: '', subject, participant: [{ member: { reference: 'Practitioner/' } }] },
  Condition: { clinicalStatus: code, code, subject, onsetDateTime: '' },
  Consent: {
    status: '',
    scope: code,
    category: [code],
    patient: subject,
    policyRule: code,
    provision: { type: '' },
  },
  DiagnosticReport: { status: '', code, subject, effectiveDateTime: '' },
  DocumentReference: { status: '', type: code, subject, content: [{ attachment: { contentType: '', url: '' } }] },
  Encounter: { status: '', class: { system: '', code: '' }, subject, period: { start: '' } },
  Immunization: { status: '', vaccineCode: code, patient: subject, occurrenceDateTime: '' },
  Location: { name: '' },
  Medication: { code },
  MedicationRequest: { status: '', intent: '', medicationCodeableConcept: code, subject, authoredOn: '' },
  Observation: { status: '', code, subject, effectiveDateTime: '', valueQuantity: { value: 0, unit: '' } },
  Organization: { name: '' },
  Patient: { identifier: [{ system: '', value: '' }], name: [{ family: '', given: [''] }], gender: '', birthDate: '' },
  Practitioner: { name: [{ family: '', given: [''] }] },
  Procedure: { status: '', code, subject, performedDateTime: '' },
  RelatedPerson: { patient: subject, name: [{ family: '', given: [''] }] },
  ServiceRequest: { status: '', intent: '', code, subject },
};

/** JSON of a resource of that type with its most used elements, empty. */
export const templateOf = (type: string): string =>
  JSON.stringify({ resourceType: type, ...(Object.hasOwn(elements, type) && elements[type]) }, null, 2);
