// With REFERENTIAL_INTEGRITY=on every reference is looked up: what points at hidden data is answered like what points nowhere
import type { JsonObject } from '../../src/r4/json/json.js';
import { aConsent, aLabel, labelled } from '../support/consents.js';
import { aBundle, anObservation, type Entry } from '../support/resources.js';
import { base } from '../support/server.js';
import { one, patients } from './compartment-limits.js';
import type { Limit, Maker } from './limit.js';
import { testMatrix } from './matrix.js';
import type { Path } from './path.js';
import { pointing } from './pointing-path.js';
import { policyLimits } from './policy-limits.js';
import { validating } from './validate-path.js';
import { writingPaths } from './writing-paths.js';

const ofP1 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p1', changes));
const ofP2 = (changes: JsonObject = {}): Maker => one(() => anObservation('Patient/p2', changes));
const denial = { ...aConsent('Patient/p2'), id: 'denial' };
const clinician = { fhirUser: `${base}/Practitioner/pr1` };
const relative = {
  resourceType: 'RelatedPerson',
  id: 'aunt',
  patient: { reference: 'Patient/p1' },
};

const observation = { type: 'Observation', may: 'cruds', own: ofP1(), around: patients } as const;
const policies = policyLimits.filter(({ name }) =>
  ['a policy within the record', 'a mask within the record'].includes(name),
);

const limits: readonly Limit[] = [
  {
    ...observation,
    name: 'the record of a patient',
    scope: 'patient/*.cruds',
    claims: { patient: 'p1' },
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'the record of whom a RelatedPerson stands for',
    scope: 'user/*.cruds',
    claims: { fhirUser: `${base}/RelatedPerson/aunt` },
    around: [...patients, relative],
    hidden: { foreign: ofP2() },
  },
  {
    ...observation,
    name: 'a Consent',
    scope: 'user/*.cruds',
    claims: clinician,
    namesNoLimit: true,
    around: [...patients, denial],
    hidden: { denied: ofP2() },
    takesOutside: true,
  },
  {
    ...observation,
    name: 'a clearance',
    scope: 'user/*.cruds',
    claims: { ...clinician, clearance: 'N' },
    hidden: { restricted: ofP1(labelled(aLabel('R'))) },
    moves: false,
  },
  {
    ...observation,
    name: 'a right to create alone',
    scope: 'user/Observation.c user/Patient.r',
    claims: clinician,
    may: 'c',
    ownIds: [],
    moves: false,
    hidden: { unread: ofP2() },
  },
  ...policies.map((limit, i) => ({
    ...limit,
    ...(i === 0 && { features: policyLimits.flatMap(({ features = [] }) => features) }),
  })),
];

/** In a plain reference, by each kind of write. */
const referring: Path = {
  name: 'what refers to it',
  covers: ['create', 'update', 'patch', '$validate'],
  async byId(session, id) {
    const focus = [{ reference: `${session.limit.type}/${id}` }];
    const body = anObservation('Patient/p1', { focus });
    await session.post('Observation', body);
    await session.call('PUT', 'Observation/own-1', { body: { ...body, id: 'own-1' } });
    const patch = { 'content-type': 'application/json-patch+json' };
    await session.call('PATCH', 'Observation/own-1', {
      body: [{ op: 'add', path: '/focus', value: focus }],
      headers: patch,
    });
    const entry: Entry = { request: { method: 'POST', url: 'Observation' }, resource: body };
    for (const kind of ['batch', 'transaction'] as const) await session.post('', aBundle(kind, entry));
    await session.post('Observation/$validate', body);
    const own = { ...body, id: 'own-1' };
    await session.post('Observation/$validate', validating('create', body));
    await session.post('Observation/own-1/$validate', validating('update', own));
    await session.get(`${session.limit.type}/${id}/$validate?mode=delete`);
  },
};

const writing = writingPaths.filter(({ name }) => ['create inside and outside', 'update', 'delete'].includes(name));
testMatrix(limits, { settings: { REFERENTIAL_INTEGRITY: 'on' }, only: [referring, pointing, ...writing] });
