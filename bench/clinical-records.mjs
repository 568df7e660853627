// @ts-check
// Resources of the kinds, sizes and proportions that Synthea makes: of ten entries of a visit five are Observations.
import { createHash } from 'node:crypto';
import { aPatient } from './patients.mjs';

/** Reference to another resource: `Patient/7`, or the `urn:uuid:` of an entry. @typedef {(type: string, n: number) => string} Link */
/** @typedef {{ resourceType: string, [element: string]: unknown }} Resource */

const loinc = 'http://loinc.org';
const snomed = 'http://snomed.info/sct';
const terminology = 'http://terminology.hl7.org/CodeSystem';
const blueButton = 'https://bluebutton.cms.gov/resources';

/** @param {string} system @param {string} code @param {string} display */
const concept = (system, code, display) => ({ coding: [{ system, code, display }], text: display });
/** @param {Link} link @param {string} type @param {number} n */
const reference = (link, type, n) => ({ reference: link(type, n) });
/** @param {number} n */
const dayOf = (n) => `20${10 + (n % 10)}-0${1 + (n % 9)}-1${n % 10}`;
/** @param {number} n */
const periodOf = (n) => ({ start: `${dayOf(n)}T10:26:54-05:00`, end: `${dayOf(n)}T10:41:54-05:00` });
/** @param {Link} link @param {number} n */
const inVisit = (link, n) => ({
  subject: reference(link, 'Patient', 0),
  encounter: reference(link, 'Encounter', n - (n % 10)),
});

/** About 600 bytes; Synthea's are 800 on average with their ids and urn:uuid: links. @param {number} n @param {Link} link */
export const anObservation = (n, link) => ({
  resourceType: 'Observation',
  status: 'final',
  category: [
    { coding: [{ system: `${terminology}/observation-category`, code: 'vital-signs', display: 'vital-signs' }] },
  ],
  code: concept(loinc, '39156-5', 'Body mass index (BMI) [Ratio]'),
  ...inVisit(link, n),
  effectiveDateTime: `${dayOf(n)}T10:26:54-05:00`,
  issued: `${dayOf(n)}T10:26:54.531-05:00`,
  valueQuantity: { value: 20.5 + (n % 50), unit: 'kg/m2', system: 'http://unitsofmeasure.org', code: 'kg/m2' },
});

/** @param {number} n @param {Link} link */
export const anEncounter = (n, link) => ({
  resourceType: 'Encounter',
  status: 'finished',
  class: { system: `${terminology}/v3-ActCode`, code: 'AMB' },
  type: [concept(snomed, '162673000', 'General examination of patient (procedure)')],
  subject: { ...reference(link, 'Patient', 0), display: 'Given Family' },
  participant: [{ individual: { ...reference(link, 'Practitioner', 0), display: 'Dr. Family Given' } }],
  period: periodOf(n),
  serviceProvider: { ...reference(link, 'Organization', 0), display: 'Hospital' },
});

/** @param {number} n @param {Link} link */
const aProcedure = (n, link) => ({
  resourceType: 'Procedure',
  status: 'completed',
  code: concept(snomed, '430193006', 'Medication Reconciliation (procedure)'),
  ...inVisit(link, n),
  performedPeriod: periodOf(n),
});

/** @param {number} n @param {Link} link */
const aClaim = (n, link) => ({
  resourceType: 'Claim',
  status: 'active',
  type: { coding: [{ system: `${terminology}/claim-type`, code: 'institutional' }] },
  use: 'claim',
  patient: reference(link, 'Patient', 0),
  billablePeriod: periodOf(n),
  created: periodOf(n).end,
  provider: reference(link, 'Organization', 0),
  priority: { coding: [{ system: `${terminology}/processpriority`, code: 'normal' }] },
  insurance: [{ sequence: 1, focal: true, coverage: { display: 'Payer' } }],
  item: [1, 2, 3].map((sequence) => ({
    sequence,
    productOrService: concept(snomed, '162673000', 'General examination of patient (procedure)'),
    encounter: [reference(link, 'Encounter', n)],
  })),
  total: { value: 129.16, currency: 'USD' },
});

/** 2 kB, and 1.5 kB more for each item beyond the first. @param {number} n @param {Link} link @param {number} items */
export const anExplanation = (n, link, items = 3) => ({
  resourceType: 'ExplanationOfBenefit',
  contained: [
    {
      resourceType: 'Coverage',
      id: 'coverage',
      status: 'active',
      beneficiary: reference(link, 'Patient', 0),
      payor: [{ display: 'Payer' }],
    },
  ],
  identifier: [{ system: `${blueButton}/variables/clm_id`, value: `bench-${n}` }],
  status: 'active',
  type: { coding: [{ system: `${terminology}/claim-type`, code: 'institutional' }] },
  use: 'claim',
  patient: reference(link, 'Patient', 0),
  billablePeriod: periodOf(n),
  created: periodOf(n).end,
  insurer: { display: 'Payer' },
  provider: reference(link, 'Practitioner', 0),
  claim: reference(link, 'Claim', n),
  outcome: 'complete',
  careTeam: [
    {
      sequence: 1,
      provider: reference(link, 'Practitioner', 0),
      role: concept(`${terminology}/claimcareteamrole`, 'primary', 'Primary provider'),
    },
  ],
  insurance: [{ focal: true, coverage: { reference: '#coverage', display: 'Payer' } }],
  item: Array.from({ length: items }, (_, item) => ({
    sequence: item + 1,
    category: concept(`${blueButton}/variables/line_cms_type_srvc_cd`, '1', 'Medical care'),
    productOrService: concept(snomed, '162673000', 'General examination of patient (procedure)'),
    servicedPeriod: periodOf(n + item),
    locationCodeableConcept: concept(`${terminology}/ex-serviceplace`, '19', 'Off Campus-Outpatient Hospital'),
    encounter: [reference(link, 'Encounter', n)],
    net: { value: 140.52, currency: 'USD' },
    adjudication: ['submitted', 'copay', 'eligible', 'deductible'].map((code) => ({
      category: concept(`${terminology}/adjudication`, code, code),
      amount: { value: 28.104000000000003 + item, currency: 'USD' },
    })),
  })),
  payment: { amount: { value: 112.41600000000001, currency: 'USD' } },
});

/** @param {number} n @param {Link} link @returns {Resource} */
export const aVisitCondition = (n, link) => ({
  resourceType: 'Condition',
  clinicalStatus: { coding: [{ system: `${terminology}/condition-clinical`, code: 'active' }] },
  verificationStatus: { coding: [{ system: `${terminology}/condition-ver-status`, code: 'confirmed' }] },
  code: concept(snomed, '162864005', 'Body mass index 30+ - obesity (finding)'),
  ...inVisit(link, n),
  onsetDateTime: periodOf(n).start,
  recordedDate: periodOf(n).start,
});

/** The tenth entry of a visit. @type {readonly ((n: number, link: Link) => Resource)[]} */
const others = [
  (n, link) => ({
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: concept('http://hl7.org/fhir/sid/cvx', '140', 'Influenza, seasonal, injectable, preservative free'),
    patient: reference(link, 'Patient', 0),
    encounter: reference(link, 'Encounter', n),
    occurrenceDateTime: periodOf(n).start,
    primarySource: true,
  }),
  (n, link) => ({
    resourceType: 'DiagnosticReport',
    status: 'final',
    category: [concept(`${terminology}/v2-0074`, 'LAB', 'Laboratory')],
    code: concept(loinc, '58410-2', 'Complete blood count (hemogram) panel - Blood by Automated count'),
    ...inVisit(link, n),
    effectiveDateTime: periodOf(n).start,
    issued: `${dayOf(n)}T10:26:54.531-05:00`,
    result: [0, 1, 2, 3, 4].map((one) => ({ ...reference(link, 'Observation', n + one), display: 'Body mass index' })),
  }),
  aVisitCondition,
  (n, link) => ({
    resourceType: 'MedicationRequest',
    status: 'stopped',
    intent: 'order',
    medicationCodeableConcept: concept(
      'http://www.nlm.nih.gov/research/umls/rxnorm',
      '313782',
      'Acetaminophen 325 MG Oral Tablet',
    ),
    ...inVisit(link, n),
    authoredOn: periodOf(n).start,
    requester: { ...reference(link, 'Practitioner', 0), display: 'Dr. Family Given' },
    dosageInstruction: [{ sequence: 1, asNeededBoolean: true }],
  }),
];

/** The ten resources of a visit with their numbers; `n`, a multiple of ten, is its own. @param {number} n @param {Link} link */
const aVisit = (n, link) => [
  { n, resource: anEncounter(n, link) },
  ...[0, 1, 2, 3, 4].map((one) => ({ n: n + one, resource: anObservation(n + one, link) })),
  { n, resource: aProcedure(n, link) },
  { n, resource: aClaim(n, link) },
  { n, resource: anExplanation(n, link) },
  { n, resource: /** @type {(typeof others)[0]} */ (others[(n / 10) % others.length])(n, link) },
];

/** Links of a single resource to others, which need not exist; those of a hundred patients. @param {number} one @returns {Link} */
export const inOtherPlace = (one) => (type, n) => `${type}/bench-${one % 100}-${n}`;

/** Resources that name others which do not exist. @param {number} count @returns {Resource[]} */
export const someResources = (count) =>
  Array.from({ length: Math.ceil(count / 10) }, (_, visit) =>
    aVisit(visit * 10, inOtherPlace(visit)).map(({ resource }) => resource),
  )
    .flat()
    .slice(0, count);

/** A record of `count` entries that name each other. @param {number} count */
export function aTransaction(count) {
  const organization = { resourceType: 'Organization', active: true, name: 'Hospital' };
  const practitioner = { resourceType: 'Practitioner', active: true, name: [{ family: 'Family', given: ['Given'] }] };
  /** @type {{ n: number, resource: Resource }[]} */
  const resources = [aPatient(0), organization, practitioner].map((resource) => ({ n: 0, resource }));
  for (let n = 0; resources.length < count; n += 10) resources.push(...aVisit(n, urnOf));
  const entry = resources.slice(0, count).map(({ n, resource }) => ({
    fullUrl: urnOf(resource.resourceType, n),
    resource,
    request: { method: 'POST', url: resource.resourceType },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** @type {Link} */
function urnOf(type, n) {
  const [, ...parts] =
    /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(createHash('md5').update(`${type}/${n}`).digest('hex')) ?? [];
  return `urn:uuid:${parts.join('-')}`;
}
