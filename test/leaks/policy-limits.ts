import { Injectable } from '@nestjs/common';
import type { Principal } from '../../src/auth/principal.js';
import type { AfterRead, BeforeSearch, Claims, Hook } from '../../src/fhir/extensions/hook.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { ACCESS_DECISION, type AccessDecisionPoint } from '../../src/scope/decision-point/access-decision-point.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  constrain,
  deny,
  mask,
} from '../../src/scope/policies/policy.js';
import { anObservation, aPatient, aProvenance } from '../support/resources.js';
import type { GivenConcept } from '../support/release-of.js';
import { base } from '../support/server.js';
import { one, patients } from './compartment-limits.js';
import type { Limit, Maker } from './limit.js';

const p1 = { patient: 'p1' };
const ofP1 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p1', changes));
const ofP2 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p2', changes));

const observation = { type: 'Observation', around: patients } as const;
const ofTeam = '_has:CareTeam:patient:participant=Practitioner/me';

const categories = 'http://terminology.hl7.org/CodeSystem/observation-category';
const harmless = 'http://t.example/ValueSet/harmless';

/** A loaded code system with more codes than a criterion lists. */
const manyCodes = 'http://t.example/many-codes';
const manyConcepts: readonly GivenConcept[] = [
  { code: 'root' },
  { code: 'beside' },
  ...Array.from({ length: 5_050 }, (_, i) => ({ code: `c${i}`, parents: ['root'] })),
];

const maskedElements = ['Observation.value', 'Observation.note', 'Patient.telecom', 'Patient.contact.telecom'];

/** By application and type: what it is limited to, whatever its scopes. */
const expressions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'limited-app': { Observation: 'Observation?status=final' },
  'team-app': {
    Observation: `Observation?subject:Patient.${ofTeam}&status:not=entered-in-error`,
    Patient: `Patient?${ofTeam}`,
  },
  'code-app': { Observation: `Observation?code:in=${harmless}&category:below=${categories}|laboratory` },
  'many-codes-app': { Observation: `Observation?code:below=${manyCodes}|root` },
  'house-app': { Observation: 'patient.organization=Organization/o1,Organization/o3' },
};

@Injectable()
export class OfApplications implements AccessPolicy {
  readonly name = 'of-applications';
  readonly terminology = ['code-app', 'many-codes-app'].map((app) => expressions[app]!['Observation']!);

  decide({ principal, type }: AccessQuery): AccessDecision {
    if (principal.clientId === 'mask-app') return mask(maskedElements, 'this app needs no results and no contacts');
    if (principal.clientId === 'contact-mask-app') return mask(['Patient.telecom'], 'this app needs no contacts');
    if (principal.clientId === 'birth-mask-app') return mask(['Patient.birthDate'], 'this app needs no birth dates');
    const expression = expressions[principal.clientId ?? '']?.[type];
    return expression === undefined ? abstain() : constrain(expression, 'this app sees a part only');
  }
}

/** Decides outside the server, about one application. */
const decisionPoint: AccessDecisionPoint = {
  name: 'engine',
  types: ['Observation', 'Provenance'],
  decide: async (queries) =>
    queries.map(({ principal, type, permission }) => {
      if (principal.clientId !== 'engine-app') return abstain();
      if (permission === 'd') return deny('no-delete', 'This app deletes nothing.');
      return type === 'Observation' ? constrain('Observation?status=final', 'the engine shows final ones') : abstain();
    }),
};

const decided: readonly Limit[] = [
  {
    ...observation,
    name: 'a decision point that constrains',
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'engine-app' },
    may: 'crus',
    own: ofP2(),
    hidden: { other: ofP2({ status: 'amended' }) },
    features: [
      FhirModule.forFeature({ name: 'engine', parts: [{ provide: ACCESS_DECISION, useValue: decisionPoint }] }),
    ],
  },
];

/** Takes out of single resources what no search looks at: searches are not limited by it. */
@Injectable()
export class NoNotes implements Hook {
  readonly name = 'no-notes';
  readonly types = ['Observation'];

  afterRead({ principal, resource }: AfterRead): readonly string[] | undefined {
    return principal.clientId === 'hook-app' && resource['note'] ? ['Observation.note'] : undefined;
  }
}

const plain: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy that constrains',
    brief: true,
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'limited-app' },
    may: 'cruds',
    own: ofP2(),
    hidden: { other: ofP2({ status: 'amended' }) },
    features: [FhirModule.forFeature({ name: 'test', policies: [OfApplications], hooks: [NoNotes] })],
  },
  {
    ...observation,
    name: 'a policy within the record',
    scope: 'patient/*.cruds',
    claims: { ...p1, client_id: 'limited-app' },
    may: 'cruds',
    own: ofP1(),
    hidden: { other: ofP1({ status: 'amended' }), foreign: ofP2() },
  },
  {
    name: 'Provenance of what a policy hides',
    type: 'Provenance',
    scope: 'patient/*.rs',
    claims: { ...p1, client_id: 'limited-app' },
    may: 'rs',
    around: [
      ...patients,
      { ...anObservation('Patient/p1'), id: 'final' },
      { ...anObservation('Patient/p1', { status: 'amended' }), id: 'amended' },
    ],
    own: (id) => [{ ...aProvenance('Observation/final'), id }],
    hidden: { other: (id) => [{ ...aProvenance('Observation/amended'), id }] },
  },
];

/** Of the careteam of the caller, who may not read CareTeams; another team has another practitioner. */
const teams: readonly JsonObject[] = [
  aTeam('mine', 'Patient/p1', 'Practitioner/me'),
  aTeam('other', 'Patient/p2', 'Practitioner/other'),
];

function aTeam(id: string, patient: string, member: string): JsonObject {
  return {
    resourceType: 'CareTeam',
    id,
    subject: { reference: patient },
    participant: [{ member: { reference: member } }],
  };
}

const ofHouse = (organization: string): Maker => {
  const patientOf = (id: string): JsonObject =>
    aPatient({ id: `patient-of-${id}`, managingOrganization: { reference: organization } });
  return (id) => [{ ...anObservation(`Patient/patient-of-${id}`), id }, patientOf(id)];
};

const chained: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy with a chain',
    scope: 'user/Observation.cruds user/Patient.rs user/Provenance.rs',
    claims: { client_id: 'team-app', fhirUser: `${base}/Practitioner/me` },
    around: [...patients, ...teams],
    may: 'cruds',
    own: ofP1(),
    hidden: {
      foreign: ofP2(),
      'in-error': ofP1({ status: 'entered-in-error' }),
      'no-subject': ofP1({ subject: undefined }),
      'of-the-team': one(() => anObservation('Group/p1')),
    },
  },
  {
    name: 'what a policy of the caller goes by',
    type: 'CareTeam',
    // Nobody edits what limits them (ADR 42): the scope says cruds, and writing is 403 whatever is there.
    scope: 'user/CareTeam.cruds?status=active user/Observation.rs',
    claims: { client_id: 'team-app', fhirUser: `${base}/Practitioner/me` },
    may: 'rs',
    around: patients,
    own: one(() => ({ ...aTeam('', 'Patient/p1', 'Practitioner/me'), status: 'active' })),
    hidden: { proposed: one(() => ({ ...aTeam('', 'Patient/p2', 'Practitioner/other'), status: 'proposed' })) },
    byScope: ['proposed'],
    moves: false,
  },
  {
    ...observation,
    name: 'a policy with a chain through what is hidden',
    brief: true,
    scope: 'user/Observation.cruds',
    claims: { client_id: 'house-app' },
    may: 'cruds',
    own: ofHouse('Organization/o1'),
    moves: false,
    hidden: { 'other-house': ofHouse('Organization/o2'), 'longer-name': ofHouse('Organization/o11') },
  },
  {
    name: 'a policy with a reverse chain, on Patient',
    brief: true,
    scope: 'user/Patient.ruds',
    claims: { client_id: 'team-app', fhirUser: `${base}/Practitioner/me` },
    around: teams,
    type: 'Patient',
    may: 'ruds',
    own: one(() => aPatient()),
    ownIds: ['p1'],
    moves: false,
    hidden: { other: one(() => aPatient()) },
  },
];

const category = (code: string): JsonObject => ({ category: [{ coding: [{ system: categories, code }] }] });
const coded = (code: string): JsonObject => ({ code: { coding: [{ system: 'http://t.example/codes', code }] } });

/** Of terminology that the caller may not read. */
const terminology: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy with a value set and a hierarchy',
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'code-app' },
    around: [
      ...patients,
      {
        resourceType: 'ValueSet',
        id: 'harmless',
        url: harmless,
        status: 'active',
        compose: { include: [{ system: 'http://t.example/codes', concept: [{ code: 'weight' }, { code: 'height' }] }] },
      },
    ],
    may: 'cruds',
    own: ofP2({ ...category('laboratory'), ...coded('weight') }),
    hidden: {
      'other-code': ofP2({ ...category('laboratory'), ...coded('drugs') }),
      'other-category': ofP2({ ...category('vital-signs'), ...coded('weight') }),
      'other-system': ofP2({
        ...category('laboratory'),
        code: { coding: [{ system: 'http://t.example/x', code: 'weight' }] },
      }),
    },
  },
];

/** Of more codes than are listed: the database looks up each. */
const manyCoded = (code: string, system = manyCodes): Maker => ofP2({ code: { coding: [{ system, code }] } });
const selections: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy with more codes than a list takes',
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'many-codes-app' },
    release: {
      head: { resourceType: 'CodeSystem', url: manyCodes, version: '1', status: 'active', content: 'complete' },
      concepts: manyConcepts,
    },
    may: 'cruds',
    own: manyCoded('c7'),
    hidden: {
      'beside-them': manyCoded('beside'),
      'no-such-code': manyCoded('c5050'),
      'of-another-system': manyCoded('c7', 'http://t.example/codes'),
    },
  },
];

const stored: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy as data, of a group and a claim',
    brief: true,
    scope: 'user/Observation.cruds',
    claims: { groups: ['ward'], ward: ['Organization/o1', 'Organization/o3'] },
    stored: {
      name: 'ward',
      description: 'of the ward',
      assignedTo: { groups: ['ward'] },
      rules: [{ types: ['Observation'], constrain: 'patient.organization={{user.ward}}' }],
    },
    may: 'cruds',
    own: ofHouse('Organization/o1'),
    moves: false,
    hidden: { 'other-house': ofHouse('Organization/o2') },
  },
];

/** What is masked differs, its absence included, and so do the narrative and what the resources inside say of it. */
const masks: readonly Limit[] = [
  {
    ...observation,
    name: 'a mask within the record',
    scope: 'patient/*.cruds user/Patient.rs',
    claims: { ...p1, client_id: 'mask-app' },
    may: 'crds',
    own: ofP1({ contained: [{ resourceType: 'Patient', id: 'inside' }], performer: [{ reference: '#inside' }] }),
    masked: (world) => ({
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">secret-${world}</div>` },
      contained: [{ resourceType: 'Patient', id: 'inside', telecom: [{ system: 'url', value: `secret-${world}` }] }],
      ...(world === 'a'
        ? { valueString: 'secret-a', note: [{ text: 'secret-a' }] }
        : { valueQuantity: { value: 7, unit: 'secret-b' } }),
    }),
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'a mask on what is inside',
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'contact-mask-app' },
    may: 'cruds',
    own: ofP1({ contained: [{ resourceType: 'Patient', id: 'inside' }], performer: [{ reference: '#inside' }] }),
    masked: (world) => ({
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">secret-${world}</div>` },
      contained: [{ resourceType: 'Patient', id: 'inside', telecom: [{ system: 'url', value: `secret-${world}` }] }],
    }),
    hidden: {},
    moves: false,
  },
  {
    name: 'a mask on what a granular scope asks for',
    scope: 'user/Patient.cuds?birthdate=1970-01-01 user/*.d?birthdate=1970-01-01 user/Patient.r',
    claims: { client_id: 'birth-mask-app' },
    type: 'Patient',
    may: 'r',
    own: one(() => aPatient()),
    masked: (world) => (world === 'a' ? { birthDate: '1970-01-01' } : {}),
    hidden: {},
    moves: false,
  },
  {
    name: 'a mask on Patient',
    scope: 'user/Patient.cruds user/Observation.rs',
    claims: { client_id: 'mask-app' },
    type: 'Patient',
    may: 'crds',
    own: one(() => aPatient()),
    masked: (world) => ({
      telecom: [{ system: world === 'a' ? 'email' : 'phone', value: `secret-${world}` }],
      contact: [
        { name: { family: 'Next' }, ...(world === 'a' && { telecom: [{ system: 'url', value: 'secret-a' }] }) },
      ],
    }),
    hidden: {},
    moves: false,
  },
];

/** Knows the ward of one application, and narrows the searches of another. */
@Injectable()
export class WardsAndNames implements Hook {
  readonly name = 'wards-and-names';

  authenticate({ clientId }: Principal): Claims | undefined {
    return clientId === 'ward-app' ? { ward: ['Organization/o1', 'Organization/o3'] } : undefined;
  }

  beforeSearch({ type, context }: BeforeSearch): string | undefined {
    const isAsked = type === 'Observation' && context.principal.clientId === 'narrow-app';
    return isAsked ? 'Observation?patient.family=Aal&status:not=entered-in-error' : undefined;
  }
}

const added: readonly Limit[] = [
  {
    ...observation,
    name: 'a policy by a claim that a hook adds',
    brief: true,
    scope: 'user/Observation.cruds',
    claims: { client_id: 'ward-app' },
    stored: {
      name: 'ward-of-hook',
      description: 'of the ward that is looked up',
      assignedTo: { clients: ['ward-app'] },
      rules: [{ types: ['Observation'], constrain: 'patient.organization={{user.ward}}' }],
    },
    may: 'cruds',
    own: ofHouse('Organization/o1'),
    moves: false,
    hidden: { 'other-house': ofHouse('Organization/o2') },
    features: [FhirModule.forFeature({ name: 'wards', hooks: [WardsAndNames] })],
  },
  {
    ...observation,
    name: 'a hook that narrows searches, within the record',
    brief: true,
    scope: 'patient/*.cruds',
    claims: { ...p1, client_id: 'narrow-app' },
    may: 'cruds',
    own: ofP1(),
    hidden: { foreign: ofP2() },
    // What moves out of the record was seen as a part of it, which the patient is told.
    moves: false,
  },
];

/** The content differs where it is taken out, and nowhere else. */
const hooked: readonly Limit[] = [
  {
    ...observation,
    name: 'a hook that takes elements out',
    scope: 'user/Observation.cruds user/Patient.rs',
    claims: { client_id: 'hook-app' },
    may: 'crds',
    own: ofP1({ status: 'final' }),
    masked: (world) => ({ note: [{ text: `secret-${world}` }] }),
    hidden: {},
    moves: false,
  },
];

export const policyLimits: readonly Limit[] = [
  ...plain,
  ...decided,
  ...chained,
  ...terminology,
  ...selections,
  ...stored,
  ...masks,
  ...hooked,
  ...added,
];
