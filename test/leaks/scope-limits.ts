import type { JsonObject } from '../../src/r4/json/json.js';
import { hashToken } from '../../src/r4/search/index/token-hash.js';
import { anObservation, aPatient } from '../support/resources.js';
import { base } from '../support/server.js';
import { one, patients } from './compartment-limits.js';
import type { Limit, Maker } from './limit.js';

const machine = { sub: 'app', client_id: 'app' };
const p1 = { patient: 'p1' };
const ofP1 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p1', changes));
const ofP2 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p2', changes));
const category = (code: string, system = 'http://terminology.hl7.org/CodeSystem/observation-category'): JsonObject => ({
  category: [{ coding: [{ system, code }] }],
});

const observation = { type: 'Observation', around: patients } as const;

const granular: readonly Limit[] = [
  {
    ...observation,
    name: 'granular: a code within the record',
    scope: 'patient/Observation.cruds?category=laboratory',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    hidden: {
      'other-code': ofP1(category('vital-signs')),
      'longer-code': ofP1(category('laboratory-x')),
      'case-of-code': ofP1(category('Laboratory')),
      foreign: ofP2(),
      'no-code': ofP1({ category: undefined }),
      'text-only': ofP1({ category: [{ text: 'laboratory' }] }),
    },
  },
  {
    ...observation,
    name: 'granular: system and code',
    brief: true,
    scope: 'system/Observation.cruds?category=urn:a|lab',
    claims: machine,
    may: 'cruds',
    own: ofP2(category('lab', 'urn:a')),
    hidden: {
      'other-system': ofP2(category('lab', 'urn:b')),
      'no-system': ofP2({ category: [{ coding: [{ code: 'lab' }] }] }),
    },
  },
  {
    ...observation,
    name: 'granular: a reference',
    scope: 'system/Observation.cruds?encounter=Encounter/e1',
    claims: machine,
    may: 'cruds',
    own: ofP2({ encounter: { reference: 'Encounter/e1' } }),
    hidden: {
      other: ofP2({ encounter: { reference: 'Encounter/e11' } }),
      elsewhere: ofP2({ encounter: { reference: 'https://other.example/fhir/r4/Encounter/e1' } }),
      identifier: ofP2({ encounter: { identifier: { value: 'e1' } } }),
    },
  },
  {
    ...observation,
    name: 'granular: a date',
    scope: 'user/Observation.cruds?date=ge2024',
    may: 'cruds',
    own: ofP2(),
    hidden: {
      earlier: ofP2({ effectiveDateTime: '2023-12-31T23:59:59Z' }),
      undated: ofP2({ effectiveDateTime: undefined }),
    },
  },
  {
    name: 'granular: a string',
    brief: true,
    scope: 'user/Patient.cruds?family=Aal',
    may: 'cruds',
    type: 'Patient',
    own: one(() => aPatient()),
    hidden: {
      other: one(() => aPatient({ name: [{ family: 'Bal' }] })),
      given: one(() => aPatient({ name: [{ given: ['Aal'] }] })),
    },
  },
  {
    name: 'granular: a uri',
    brief: true,
    scope: 'user/ValueSet.cruds?url=http://own.example/v',
    may: 'cruds',
    type: 'ValueSet',
    own: one(() => ({ resourceType: 'ValueSet', status: 'draft', url: 'http://own.example/v' })),
    hidden: { other: one(() => ({ resourceType: 'ValueSet', status: 'draft', url: 'http://own.example/v2' })) },
  },
  {
    ...observation,
    name: 'granular: two constraints',
    brief: true,
    scope: 'patient/Observation.cruds?category=laboratory&status=final',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    hidden: { 'one-holds': ofP1({ status: 'amended' }), 'other-holds': ofP1(category('vital-signs')), foreign: ofP2() },
  },
  {
    ...observation,
    name: 'granular: two scopes for one type',
    scope: 'patient/Observation.cruds?category=laboratory patient/Observation.cruds?category=survey',
    claims: p1,
    may: 'cruds',
    own: (id) => ofP1(category(id === 'own-2' ? 'survey' : 'laboratory'))(id),
    hidden: { neither: ofP1(category('vital-signs')), foreign: ofP2(category('survey')) },
  },
];

const contexts: readonly Limit[] = [
  {
    ...observation,
    name: 'mixed: patient/ of one type and user/ of another',
    scope: 'patient/Observation.cruds user/Patient.rs user/DocumentReference.cud patient/Binary.r',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'mixed: granular user/ beside patient/',
    scope: 'patient/Observation.cruds user/Observation.rs?category=survey',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'user/ of a Patient',
    scope: 'user/*.cruds',
    claims: { fhirUser: `${base}/Patient/p1` },
    may: 'cruds',
    own: ofP1(),
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'user/ of a RelatedPerson',
    scope: 'user/*.cruds',
    claims: { fhirUser: `${base}/RelatedPerson/rp` },
    around: [...patients, { resourceType: 'RelatedPerson', id: 'rp', patient: { reference: 'Patient/p1' } }],
    may: 'cruds',
    own: ofP1(),
    hidden: { foreign: ofP2(), 'to-the-person': one(() => anObservation('RelatedPerson/rp')) },
  },
  {
    name: 'user/ of a RelatedPerson, on Patient',
    brief: true,
    scope: 'user/*.cruds',
    claims: { fhirUser: `${base}/RelatedPerson/rp` },
    around: [{ resourceType: 'RelatedPerson', id: 'rp', patient: { reference: 'Patient/p1' } }],
    type: 'Patient',
    may: 'ruds',
    own: one(() => aPatient()),
    ownIds: ['p1'],
    moves: false,
    hidden: { other: one(() => aPatient()) },
  },
];

const letters = (may: string): Limit => ({
  ...observation,
  name: `only .${may}`,
  scope: `patient/Observation.${may}`,
  claims: p1,
  may,
  own: ofP1(),
  hidden: { foreign: ofP2() },
});

const columns =
  'type, id, version, updated, deleted, method, body, compartments, tok, val, ranges, num_low, num_high, str_low, str_high';
/** Hides what was stored by giving it to somebody else on the same tables. */
const toTenant2 = ['resource', 'resource_history']
  .map(
    (table) =>
      `INSERT INTO ${table} (tenant, ${columns}) SELECT 2, ${columns} FROM ${table} WHERE tenant = 1;
       DELETE FROM ${table} WHERE tenant = 1 AND (id LIKE 'theirs-%' OR id LIKE 'moved-out');`,
  )
  .join('');

const tables: readonly Limit[] = [
  {
    ...observation,
    // Who may create any id makes one where another tenant has one; see attacks.spec.ts.
    name: 'another tenant, for a caller without limits',
    namesNoLimit: true,
    scope: 'system/*.rds',
    claims: machine,
    may: 'rds',
    own: ofP2(),
    moves: false,
    hidden: { theirs: ofP2() },
    sql: toTenant2,
  },
  {
    ...observation,
    name: 'another tenant, for a patient',
    scope: 'patient/*.cruds',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    moves: false,
    hidden: { theirs: ofP1() },
    sql: toTenant2,
  },
  {
    ...observation,
    name: 'a forged collision of hashes',
    scope: 'patient/Observation.cruds?category=laboratory',
    claims: p1,
    may: 'cruds',
    own: ofP1(),
    hidden: { forged: ofP1(category('survey')) },
    sql: ['resource', 'resource_history']
      .map(
        (table) =>
          `UPDATE ${table} SET tok = tok || '${hashToken('category\u001flaboratory')}'::bigint WHERE id LIKE 'forged-%';`,
      )
      .join(''),
  },
];

export const scopeLimits: readonly Limit[] = [
  ...granular,
  ...contexts,
  ...['r', 's', 'cud', 'c', 'rs'].map(letters),
  { ...letters(''), name: 'a scope for another type', scope: 'patient/Condition.cruds', may: '' },
  { ...letters(''), name: 'patient/ without a patient', claims: {}, scope: 'patient/*.cruds', may: '', ownIds: [] },
  ...tables,
];
