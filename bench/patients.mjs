// @ts-check
/** A patient of the size of real ones, about 2 kB. @param {number} n */
export const aPatient = (n) => ({
  resourceType: 'Patient',
  text: {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml">Patient number ${n}, made for a measurement of this server.</div>`,
  },
  extension: [
    {
      url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race',
      extension: [
        {
          url: 'ombCategory',
          valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3', display: 'White' },
        },
        { url: 'text', valueString: 'White' },
      ],
    },
    { url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex', valueCode: n % 2 ? 'F' : 'M' },
  ],
  identifier: [
    { system: 'https://example.org/patients', value: `bench-${n}` },
    {
      type: {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR', display: 'Medical Record Number' },
        ],
        text: 'Medical Record Number',
      },
      system: 'https://example.org/hospital',
      value: String(100_000 + n),
    },
  ],
  active: true,
  name: [{ use: 'official', family: `Family${n % 97}`, given: [`Given${n % 31}`, `Middle${n % 7}`], prefix: ['Dr.'] }],
  telecom: [
    { system: 'phone', value: `555-${1000 + n}`, use: 'home' },
    { system: 'email', value: `patient${n}@example.org` },
  ],
  gender: n % 2 ? 'female' : 'male',
  birthDate: `19${40 + (n % 60)}-0${1 + (n % 9)}-1${n % 10}`,
  address: [{ line: [`${n} Main Street`], city: 'Rowley', state: 'Massachusetts', postalCode: '01969', country: 'US' }],
  maritalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M', display: 'Married' }],
    text: 'Married',
  },
  multipleBirthBoolean: false,
  communication: [
    { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en-US', display: 'English' }], text: 'English' } },
  ],
});

/** A vital sign of a patient. @param {number} n */
export const anObservation = (n) => ({
  resourceType: 'Observation',
  status: 'final',
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'vital-signs',
          display: 'vital-signs',
        },
      ],
    },
  ],
  code: { coding: [{ system: 'http://loinc.org', code: '8302-2', display: 'Body Height' }], text: 'Body Height' },
  subject: { reference: `Patient/bench-${n % 100}` },
  effectiveDateTime: `2020-0${1 + (n % 9)}-11T10:26:54-05:00`,
  issued: `2020-0${1 + (n % 9)}-11T10:26:54.531-05:00`,
  valueQuantity: { value: 150 + (n % 50), unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' },
});
