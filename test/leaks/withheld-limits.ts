import type { JsonObject } from '../../src/r4/json/json.js';
import { aConsent, aLabel, anActor, labelled, ofClass } from '../support/consents.js';
import { aBinary, aDocument, anObservation, aProvenance } from '../support/resources.js';
import { base } from '../support/server.js';
import { one, patients } from './compartment-limits.js';
import type { Limit, Maker } from './limit.js';

const practitioner = { fhirUser: `${base}/Practitioner/pr1` };
const ofP1 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p1', changes));
const ofP2 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p2', changes));
const coded = (code: string): JsonObject => ({ code: { coding: [{ system: 'http://loinc.org', code }] } });
const denied = (provision: JsonObject = {}, changes: JsonObject = {}): JsonObject => ({
  ...aConsent('Patient/p2', provision, changes),
  id: 'denial',
});

const aCondition = (subject: string): JsonObject => ({ resourceType: 'Condition', subject: { reference: subject } });
const aPurpose = (code: string): JsonObject => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code });

const observation = { type: 'Observation', scope: 'user/Observation.cruds', may: 'cruds' } as const;

const labels: readonly Limit[] = [
  {
    ...observation,
    name: 'label above the clearance',
    // To choose ids is for whom Consents alone limit.
    claims: { ...practitioner, clearance: 'N', own_ids: true },
    around: patients,
    own: ofP2(labelled(aLabel('N'), aLabel('HIV', 'urn:example'))),
    hidden: {
      restricted: ofP2(labelled(aLabel('R'))),
      'very-restricted': ofP1(labelled(aLabel('V'))),
      'next-to-a-lower-one': ofP1(labelled(aLabel('L'), aLabel('R'))),
      'of-stu3': ofP1(labelled(aLabel('R', 'http://hl7.org/fhir/v3/Confidentiality'))),
      'by-code-alone': ofP1(labelled({ code: 'R' })),
      retired: ofP1(labelled(aLabel('PSY'))),
    },
    // Labels survive updates.
    moves: false,
  },
  {
    name: 'label of what a Binary belongs to',
    brief: true,
    type: 'Binary',
    scope: 'user/Binary.cruds user/Patient.r',
    may: 'cruds',
    claims: { ...practitioner, clearance: 'M' },
    around: patients,
    own: (id) => [{ ...aBinary({ securityContext: { reference: 'Patient/p1' } }), id }],
    hidden: {
      pointed: (id) => [
        { ...aBinary(), id },
        { ...aDocument('Patient/p1', `Binary/${id}`, labelled(aLabel('N'))), id: `document-of-${id}` },
      ],
      labelled: (id) => [{ ...aBinary(labelled(aLabel('R'))), id }],
      'without-a-scope': (id) => [{ ...aBinary({ securityContext: { reference: 'Group/g' } }), id }],
    },
    moves: false,
  },
];

const labelsInRecord: readonly Limit[] = [
  {
    name: 'label of a Binary within the record',
    type: 'Binary',
    scope: 'patient/*.cruds',
    may: 'cruds',
    claims: { patient: 'p1', clearance: 'N' },
    around: patients,
    own: (id) => [{ ...aBinary({ securityContext: { reference: 'Patient/p1' } }), id }],
    hidden: {
      labelled: (id) => [
        { ...aBinary({ ...labelled(aLabel('R')), securityContext: { reference: 'Patient/p1' } }), id },
      ],
    },
    moves: false,
  },
];

const consents: readonly Limit[] = [
  {
    ...observation,
    name: 'consent that denies',
    claims: practitioner,
    namesNoLimit: true,
    around: [...patients, denied()],
    own: ofP1(),
    hidden: {
      denied: ofP2(),
      'of-both': ofP1({ performer: [{ reference: 'Patient/p2' }] }),
      'by-our-own-base': one(() => anObservation(`${base}/Patient/p2/_history/9`)),
    },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent, for who may break the glass',
    brief: true,
    claims: { ...practitioner, break_glass: true },
    around: [...patients, denied()],
    own: ofP1(),
    hidden: { denied: ofP2() },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent with a nested permit',
    claims: practitioner,
    namesNoLimit: true,
    around: [
      ...patients,
      denied({
        provision: [
          {
            type: 'permit',
            actor: [anActor('Practitioner/pr1')],
            class: [ofClass('Observation')],
            code: [{ coding: [{ system: 'http://loinc.org', code: '8867-4' }] }],
            provision: [{ type: 'deny', dataPeriod: { end: '2020' } }],
          },
        ],
      }),
    ],
    own: ofP2(),
    hidden: {
      'other-code': ofP2(coded('8867-5')),
      'no-system': ofP2({ code: { coding: [{ code: '8867-4' }] } }),
      earlier: ofP2({ effectiveDateTime: '2020-05-01' }),
    },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent by organization and label',
    brief: true,
    claims: practitioner,
    namesNoLimit: true,
    around: [
      ...patients,
      {
        resourceType: 'PractitionerRole',
        id: 'role',
        practitioner: { reference: 'Practitioner/pr1' },
        organization: { reference: 'Organization/o1' },
      },
      denied({ actor: [anActor('Organization/o1')], securityLabel: [aLabel('PSY', 'urn:x'), aLabel('ETH', 'urn:x')] }),
    ],
    own: ofP2(labelled(aLabel('PSY', 'urn:x'))),
    hidden: { labelled: ofP2(labelled(aLabel('PSY', 'urn:x'), aLabel('ETH', 'urn:x'))) },
    moves: false,
  },
  {
    name: 'consent by class',
    type: 'Condition',
    scope: 'user/Condition.cruds user/Observation.cruds user/Patient.rs',
    may: 'cruds',
    claims: practitioner,
    namesNoLimit: true,
    around: [
      ...patients,
      denied({ class: [ofClass('Condition')] }),
      // Of the same record, seen, and pointing at what is not.
      { ...anObservation('Patient/p2', { focus: [{ reference: 'Condition/denied-0' }] }), id: 'points-at-it' },
    ],
    own: one(() => aCondition('Patient/p1')),
    hidden: { denied: one(() => aCondition('Patient/p2')) },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent by the purpose of the client',
    claims: { ...practitioner, purpose_of_use: 'HPAYMT' },
    namesNoLimit: true,
    around: [...patients, denied({ class: [ofClass('Observation')], purpose: [aPurpose('HPAYMT')] })],
    own: ofP1(),
    hidden: { denied: ofP2() },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent that permits another purpose, and one class for this one',
    brief: true,
    claims: { ...practitioner, purpose_of_use: 'HPAYMT' },
    namesNoLimit: true,
    around: [
      ...patients,
      denied({
        provision: [
          { type: 'permit', purpose: [aPurpose('TREAT')] },
          { type: 'permit', purpose: [aPurpose('HPAYMT')], class: [ofClass('Condition'), ofClass('Coverage')] },
        ],
      }),
    ],
    own: ofP1(),
    hidden: { denied: ofP2(), 'of-both': ofP1({ performer: [{ reference: 'Patient/p2' }] }) },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'consent by reference to data',
    claims: practitioner,
    namesNoLimit: true,
    around: [
      ...patients,
      denied({
        data: ['named-0', 'named-1', 'named-2'].map((id) => ({
          meaning: 'instance',
          reference: { reference: `Observation/${id}` },
        })),
      }),
    ],
    own: ofP2(),
    hidden: { named: ofP2() },
    moves: false,
  },
  {
    name: 'consent about what a Provenance points at',
    brief: true,
    type: 'Provenance',
    scope: 'user/Provenance.cruds user/Binary.r user/Patient.r user/Observation.rs?status=final',
    may: 'cruds',
    claims: practitioner,
    namesNoLimit: true,
    around: [
      ...patients,
      denied(),
      { ...anObservation('Patient/p2'), id: 'of-p2' },
      { ...anObservation('Patient/p1', { status: 'amended' }), id: 'amended' },
      { ...aProvenance('Patient/p2'), id: 'about-p2' },
      { ...aBinary({ securityContext: { reference: 'Patient/p2' } }), id: 'secured-p2' },
      { resourceType: 'Encounter', id: 'e1', status: 'planned', class: { code: 'AMB' } },
    ],
    own: (id) => [{ ...aProvenance('Patient/p1'), id }],
    hidden: {
      denied: (id) => [{ ...aProvenance('Patient/p2'), id }],
      // Only by what it points at is it of a patient.
      through: (id) => [{ ...aProvenance('Observation/of-p2'), id }],
      both: (id) => [{ ...aProvenance('Patient/p1', 'Patient/p2'), id }],
      dangling: (id) => [{ ...aProvenance('Patient/p1', 'Patient/nowhere'), id }],
      'out-of-reach': (id) => [{ ...aProvenance('Patient/p1', 'Observation/amended'), id }],
      'without-a-scope': (id) => [{ ...aProvenance('Patient/p1', 'Encounter/e1'), id }],
      'of-a-provenance': (id) => [{ ...aProvenance('Provenance/about-p2'), id }],
      'of-a-binary': (id) => [{ ...aProvenance('Binary/secured-p2'), id }],
    },
    byScope: ['out-of-reach', 'without-a-scope'],
    takesOutside: true,
  },
  {
    name: 'consent about what a Binary belongs to',
    brief: true,
    type: 'Binary',
    scope: 'user/Binary.cruds user/Patient.r',
    may: 'cruds',
    claims: practitioner,
    namesNoLimit: true,
    around: [...patients, denied(), { ...anObservation('Patient/p1'), id: 'of-p1' }],
    own: (id) => [{ ...aBinary({ securityContext: { reference: 'Patient/p1' } }), id }],
    hidden: {
      context: (id) => [{ ...aBinary({ securityContext: { reference: 'Patient/p2' } }), id }],
      'without-a-scope': (id) => [{ ...aBinary({ securityContext: { reference: 'Observation/of-p1' } }), id }],
      pointed: (id) => [
        { ...aBinary(), id },
        { ...aDocument('Patient/p2', `Binary/${id}`), id: `document-of-${id}` },
      ],
    },
    byScope: ['without-a-scope'],
    moves: false,
  },
  {
    name: 'consent about Consents',
    brief: true,
    type: 'Consent',
    scope: 'user/Consent.cruds',
    may: 'cruds',
    claims: practitioner,
    namesNoLimit: true,
    around: [...patients, denied()],
    own: one(() => aConsent('Patient/p1', { type: 'permit' })),
    hidden: {
      denied: one(() => aConsent('Patient/p2')),
      draft: one(() => aConsent('Patient/p2', {}, { status: 'draft' })),
    },
    takesOutside: true,
  },
];

export const withheldLimits: readonly Limit[] = [...labels, ...labelsInRecord, ...consents];
