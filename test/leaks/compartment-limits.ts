import type { JsonObject } from '../../src/r4/json/json.js';
import { aBinary, aDocument, anObservation, aPatient, aProvenance } from '../support/resources.js';
import { base } from '../support/server.js';
import type { Limit, Maker } from './limit.js';
import { basic, ofRecord, withheld } from './withheld-content.js';

const p1 = { patient: 'p1' };
export const patients: readonly JsonObject[] = ['p1', 'p2'].map((id) => ({ ...aPatient(), id }));
const all = { scope: 'patient/*.cruds', claims: p1, may: 'cruds', around: patients } as const;

/** A maker of one resource; `identified` makes it findable by `identifier`. */
export const one =
  (make: (id: string) => JsonObject): Maker =>
  (id) => [{ ...make(id), id, identifier: [{ system: 'urn:x', value: id }] }];

const withSubject = (subject: JsonObject): Maker => one(() => ({ ...anObservation('x'), subject }));
const ofPatient = (reference: string): Maker => withSubject({ reference });

/** References that only look like one to the patient. */
const pretenders: Readonly<Record<string, Maker>> = {
  foreign: ofPatient('Patient/p2'),
  'longer-id': ofPatient('Patient/p11'),
  'other-host': ofPatient('https://other.example/fhir/r4/Patient/p1'),
  'other-host-version': ofPatient('https://other.example/fhir/r4/Patient/p1/_history/9'),
  'nearly-our-base': ofPatient(`${base}x/Patient/p1`),
  identifier: withSubject({ type: 'Patient', identifier: { system: 'urn:x', value: 'p1' } }),
  logical: withSubject({ type: 'Patient', display: 'Patient/p1' }),
  canonical: ofPatient('Patient/p1|1'),
  fragment: ofPatient('Patient/p1#p1'),
  contained: one(() => ({
    ...anObservation('#p1'),
    contained: [
      { resourceType: 'Patient', id: 'p1' },
      { ...anObservation('Patient/p1'), id: 'c' },
    ],
    hasMember: [{ reference: '#c' }],
  })),
  focus: one(() => ({ ...anObservation('Patient/p2'), focus: [{ reference: 'Patient/p1' }] })),
  extension: one(() => ({
    ...anObservation('Patient/p2'),
    extension: [{ url: 'http://x', valueReference: { reference: 'Patient/p1' } }],
  })),
  'no-subject': one(() => ({ ...anObservation('x'), subject: undefined })),
};

const memberOf = (type: string, element: string, rest: JsonObject = {}) => ({
  type,
  own: one(() => ({ resourceType: type, ...rest, [element]: { reference: 'Patient/p1' } })),
  hidden: {
    foreign: one(() => ({ resourceType: type, ...rest, [element]: { reference: 'Patient/p2' } })),
    nobody: one(() => ({ resourceType: type, ...rest, [element]: { display: 'Patient/p1' } })),
    ...(type !== 'Condition' && { orphan: one(() => ({ resourceType: type, ...rest })) }),
  },
});

const members: readonly Limit[] = [
  { ...all, name: 'compartment: a member', type: 'Observation', own: ofPatient('Patient/p1'), hidden: pretenders },
  {
    ...all,
    name: 'compartment: by our own base and a version',
    brief: true,
    type: 'Observation',
    own: ofPatient(`${base}/Patient/p1/_history/9`),
    hidden: { foreign: ofPatient(`${base}/Patient/p2/_history/9`) },
  },
  {
    ...all,
    name: 'compartment: by a second parameter, to read',
    brief: true,
    type: 'Observation',
    scope: 'patient/*.rs',
    may: 'rs',
    own: one(() => ({ ...anObservation('Patient/p2'), performer: [{ reference: 'Patient/p1' }] })),
    hidden: { foreign: one(() => ({ ...anObservation('Patient/p2'), performer: [{ reference: 'Practitioner/p1' }] })) },
  },
  {
    ...all,
    name: 'compartment: by a second parameter, to write',
    type: 'Observation',
    own: one(() => ({ ...anObservation('Patient/p1'), performer: [{ reference: 'Patient/p1' }] })),
    hidden: { foreign: one(() => ({ ...anObservation('Patient/p2'), performer: [{ reference: 'Practitioner/p1' }] })) },
    foreign: {
      performed: one(() => ({ ...anObservation('Patient/p2'), performer: [{ reference: 'Patient/p1' }] })),
      grouped: one(() => ({ ...anObservation('Group/p1'), performer: [{ reference: 'Patient/p1' }] })),
    },
  },
  {
    ...all,
    name: 'compartment: one of several',
    brief: true,
    type: 'Account',
    own: one(() => ({ resourceType: 'Account', status: 'active', subject: [{ reference: 'Patient/p1' }] })),
    hidden: {
      foreign: one(() => ({ resourceType: 'Account', status: 'active', subject: [{ reference: 'Patient/p2' }] })),
    },
    foreign: {
      both: one(() => ({
        resourceType: 'Account',
        status: 'active',
        subject: [{ reference: 'Patient/p1' }, { reference: 'Patient/p2' }],
      })),
    },
  },
  {
    ...all,
    name: 'compartment: the patient, whose links are not followed',
    type: 'Patient',
    may: 'ruds',
    own: one(() => aPatient()),
    ownIds: ['p1'],
    around: [],
    moves: false,
    hidden: {
      linked: one(() => ({ ...aPatient(), link: [{ other: { reference: 'Patient/p1' }, type: 'seealso' }] })),
      other: one(() => aPatient()),
    },
  },
  { ...all, name: 'compartment: Device, added', brief: true, ...memberOf('Device', 'patient') },
  {
    ...all,
    name: 'compartment: Task, added',
    brief: true,
    ...memberOf('Task', 'for', { status: 'draft', intent: 'order' }),
  },
  {
    ...all,
    name: 'compartment: GuidanceResponse, added',
    brief: true,
    ...memberOf('GuidanceResponse', 'subject', { status: 'success', moduleUri: 'urn:x' }),
  },
  {
    ...all,
    name: 'compartment: Contract, added',
    brief: true,
    type: 'Contract',
    own: one(() => ({ resourceType: 'Contract', subject: [{ reference: 'Patient/p1' }] })),
    hidden: { foreign: one(() => ({ resourceType: 'Contract', subject: [{ reference: 'Patient/p2' }] })) },
  },
  {
    ...all,
    name: 'compartment: List outside it',
    brief: true,
    ...memberOf('List', 'subject', { status: 'current', mode: 'working' }),
  },
  { ...all, name: 'compartment: v1 scopes', scope: 'patient/*.*', ...memberOf('Condition', 'subject') },
];

const around: readonly JsonObject[] = [
  ...patients,
  { ...anObservation('Patient/p1'), id: 'of-p1' },
  { ...anObservation('Patient/p2'), id: 'of-p2' },
];
const plain =
  (make: (id: string) => JsonObject): Maker =>
  (id) => [{ ...make(id), id }];
const targeting = (...targets: readonly string[]): Maker => plain(() => aProvenance(...targets));
const secured = (reference: string): Maker => plain(() => aBinary({ securityContext: { reference } }));

const pointedAt =
  (resourceType: string, subject: string, pointer: (url: string) => JsonObject): Maker =>
  (id) => [
    { ...aBinary(), id },
    { resourceType, id: `to-${id}`, subject: { reference: subject }, ...pointer(`Binary/${id}`) },
  ];

const referrers: Readonly<Record<string, (url: string) => JsonObject>> = {
  DocumentReference: (url) => ({ status: 'current', content: [{ attachment: { url } }] }),
  DiagnosticReport: (url) => ({ status: 'final', code: { text: 'x' }, presentedForm: [{ url }] }),
  Media: (url) => ({ status: 'completed', content: { url } }),
};

const derived: readonly Limit[] = [
  {
    ...all,
    name: 'derived: Provenance',
    type: 'Provenance',
    around,
    own: targeting('Observation/of-p1', 'Patient/p1'),
    foreign: {
      shared: targeting('Observation/of-p2', 'Observation/of-p1'),
      nowhere: targeting('Observation/of-p1', 'Observation/nowhere'),
    },
    hidden: {
      foreign: targeting('Observation/of-p2'),
      dangling: targeting('Observation/nowhere'),
      elsewhere: targeting('https://other.example/fhir/r4/Observation/of-p1'),
      shared: targeting('Practitioner/of-p1'),
    },
  },
  {
    ...all,
    name: 'derived: Binary by securityContext',
    type: 'Binary',
    around,
    own: secured('Patient/p1'),
    hidden: {
      foreign: secured('Patient/p2'),
      'by-foreign': secured('Observation/of-p2'),
      elsewhere: secured('https://other.example/fhir/r4/Patient/p1'),
      alone: plain(() => aBinary()),
    },
  },
  {
    ...all,
    name: 'derived: Binary by the securityContext of a resource',
    brief: true,
    type: 'Binary',
    around,
    own: secured('Observation/of-p1'),
    hidden: { foreign: secured('Observation/of-p2') },
  },
  ...Object.entries(referrers).map(([type, pointer]) => ({
    ...all,
    name: `derived: Binary that a ${type} points at`,
    ...(type !== 'DocumentReference' && { brief: true }),
    type: 'Binary',
    around,
    moves: false,
    own: pointedAt(type, 'Patient/p1', pointer),
    hidden: {
      foreign: pointedAt(type, 'Patient/p2', pointer),
      elsewhere: pointedAt(type, 'Patient/p1', (url) => pointer(`https://other.example/fhir/r4/${url}`)),
      orphan: pointedAt(type, 'Practitioner/p1', pointer),
      'other-type': ((id: string) => [
        { ...aBinary(), id },
        { ...aDocument('Patient/p2', `Binary/${id}`), id: `to-${id}` },
        { ...anObservation('Patient/p1'), id: `to-${id}`, focus: [{ reference: `Binary/${id}` }] },
      ]) satisfies Maker,
    },
  })),
  {
    ...all,
    name: 'derived: Binary by a document that the caller does not see',
    scope: 'patient/Binary.rs patient/DocumentReference.rs?type=a',
    may: 'rs',
    type: 'Binary',
    around,
    moves: false,
    own: pointedAt('DocumentReference', 'Patient/p1', (url) => ({
      type: coded('a'),
      ...referrers['DocumentReference']!(url),
    })),
    hidden: {
      other: pointedAt('DocumentReference', 'Patient/p1', (url) => ({
        type: coded('b'),
        ...referrers['DocumentReference']!(url),
      })),
      media: pointedAt('Media', 'Patient/p1', referrers['Media']!),
    },
  },
  {
    ...all,
    name: 'derived: Provenance of what the caller does not see',
    scope: 'patient/Provenance.rs patient/Observation.rs?status=final patient/Patient.rs',
    may: 'rs',
    type: 'Provenance',
    around: [...around, { ...anObservation('Patient/p1', { status: 'amended' }), id: 'amended' }],
    own: targeting('Observation/of-p1'),
    hidden: { other: targeting('Observation/amended') },
  },
  {
    ...all,
    name: 'derived: Provenance of what a scope beside the record shows',
    scope: 'patient/Provenance.rs patient/Observation.rs patient/Patient.rs user/Observation.rs',
    claims: { ...p1, fhirUser: `${base}/Practitioner/dr` },
    may: 'rs',
    type: 'Provenance',
    around,
    own: targeting('Observation/of-p1'),
    hidden: { foreign: targeting('Observation/of-p2') },
  },
];

const unread = { ...all, ownIds: [], moves: false, may: 'c', brief: true } as const;
const unreadable: readonly Limit[] = [
  {
    ...unread,
    name: 'derived: through what the caller may only create',
    type: 'Observation',
    scope: 'patient/Observation.c patient/Provenance.cruds patient/Patient.r',
    own: ofPatient('Patient/p1'),
    hidden: { unread: ofPatient('Patient/p1') },
  },
  {
    ...unread,
    name: 'derived: Binary that the caller may only create',
    type: 'Binary',
    scope: 'patient/Binary.c patient/DocumentReference.cruds patient/Patient.r',
    own: secured('Patient/p1'),
    hidden: { unread: secured('Patient/p1') },
  },
];

const noOwn = { may: '', own: plain(() => basic), ownIds: [], moves: false } as const;
const nobodys: readonly Limit[] = [
  {
    ...all,
    ...noOwn,
    name: 'withheld: Group, whose members do not see it',
    type: 'Group',
    hidden: {
      member: plain(() => ({ resourceType: 'Group', type: 'person', actual: true, member: [{ entity: ofRecord }] })),
    },
  },
  {
    ...all,
    ...noOwn,
    name: 'withheld: AuditEvent',
    brief: true,
    type: 'AuditEvent',
    // No client can write one, so these become AuditEvents in the table.
    hidden: { written: plain(() => ({ ...basic, subject: ofRecord })) },
    sql: ['resource', 'resource_history']
      .map(
        (table) =>
          `UPDATE ${table} SET type = 'AuditEvent', compartments = '{}', body = replace(body, '"Basic"', '"AuditEvent"') WHERE type = 'Basic';`,
      )
      .join(''),
  },
  ...Object.entries(withheld).map(([type, content]) => ({
    ...all,
    ...noOwn,
    name: `withheld: ${type}`,
    brief: true,
    type,
    hidden: { any: plain(() => ({ resourceType: type, ...content })) },
  })),
  {
    ...all,
    name: 'shared: Practitioner, never written',
    type: 'Practitioner',
    may: 'rs',
    own: one(() => ({ resourceType: 'Practitioner' })),
    hidden: {},
  },
  {
    ...all,
    name: 'own fhirUser, outside the record',
    type: 'RelatedPerson',
    scope: 'patient/*.rs',
    claims: { ...p1, fhirUser: `${base}/RelatedPerson/me` },
    may: 'rs',
    own: one(() => ({ resourceType: 'RelatedPerson', patient: { reference: 'Patient/p2' } })),
    ownIds: ['me'],
    moves: false,
    hidden: { foreign: one(() => ({ resourceType: 'RelatedPerson', patient: { reference: 'Patient/p2' } })) },
  },
  {
    ...all,
    name: 'own fhirUser by the scope fhirUser alone',
    type: 'Practitioner',
    scope: 'fhirUser openid patient/Observation.rs',
    claims: { ...p1, fhirUser: `${base}/Practitioner/me` },
    may: 'r',
    own: one(() => ({ resourceType: 'Practitioner' })),
    ownIds: ['me'],
    moves: false,
    hidden: { colleague: one(() => ({ resourceType: 'Practitioner' })) },
  },
];

export const compartmentLimits: readonly Limit[] = [...members, ...derived, ...unreadable, ...nobodys];

function coded(code: string): JsonObject {
  return { coding: [{ system: 'urn:x', code }] };
}
