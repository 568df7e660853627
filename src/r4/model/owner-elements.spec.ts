import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDefinitions } from './definitions.js';
import { elementTypes } from './elements.js';
import { namedOwners, ownerElement } from './owner-elements.js';
import { compartmentGroup, patientCompartmentParameters } from './patient-compartment.js';
import { resourceTypes } from './resource-types.js';

const types = [...resourceTypes].toSorted();
const written = types.filter((type) => ['member', 'derived'].includes(compartmentGroup(type)) && type !== 'Patient');

/** The element of a type that a search parameter reads, as `participant.actor`; more than one where it reads several. */
function elementsOf(type: string, code: string): readonly string[] {
  const all = readDefinitions('search-parameters.json') as readonly {
    readonly code: string;
    readonly base: readonly string[];
    readonly expression?: string;
  }[];
  const found = all.find((one) => one.code === code && one.base.includes(type));
  return (found?.expression ?? '')
    .split('|')
    .map((part) => part.trim().replace(/^\(|\)$|\.where\(.*$/g, ''))
    .filter((part) => part.startsWith(`${type}.`))
    .map((part) => part.slice(type.length + 1).replace(/ as Reference$/, ''));
}

/** Parameters that put a resource into the compartment by whom it names in a role that owns nothing. */
const roles: Readonly<Record<string, readonly string[]>> = {
  AllergyIntolerance: ['recorder', 'asserter'],
  Basic: ['author'],
  CarePlan: ['performer'],
  CareTeam: ['participant'],
  Claim: ['payee'],
  Communication: ['sender', 'recipient'],
  CommunicationRequest: ['sender', 'recipient', 'requester'],
  Composition: ['author', 'attester'],
  Condition: ['asserter'],
  Coverage: ['policy-holder', 'subscriber', 'payor'],
  DeviceRequest: ['performer'],
  DocumentManifest: ['author', 'recipient'],
  DocumentReference: ['author'],
  ExplanationOfBenefit: ['payee'],
  Invoice: ['recipient'],
  List: ['source'],
  MedicationAdministration: ['performer'],
  MedicationDispense: ['receiver'],
  Observation: ['performer'],
  Procedure: ['performer'],
  QuestionnaireResponse: ['author'],
  RequestGroup: ['participant'],
  ServiceRequest: ['performer'],
};

describe('the element that says whose record a resource is', () => {
  it('is known for each type of a record but Patient, and for no other', () => {
    expect(types.filter((type) => ownerElement(type) !== undefined)).toEqual(written);
  });

  it.each(written)('of %s holds references', (type) => {
    const [first = '', second] = ownerElement(type)!.path.split('.');
    const held = elementTypes(type, first)!.types;
    const found = second === undefined ? held : elementTypes(held[0]!, second)!.types;
    expect(found).toEqual(['Reference']);
  });

  it.each(written.filter((type) => compartmentGroup(type) === 'member'))(
    'of %s is what every parameter of the compartment reads, apart from roles',
    (type) => {
      const { path } = ownerElement(type)!;
      const others = patientCompartmentParameters(type).filter((code) => !elementsOf(type, code).includes(path));
      expect(others.toSorted()).toEqual((roles[type] ?? []).toSorted());
      expect(patientCompartmentParameters(type).length).toBeGreaterThan(others.length);
    },
  );

  it('is in the documentation, type by type', () => {
    const page = readFileSync('docs/whose-record.md', 'utf8');
    const rows = page.split('\n').filter((line) => /^\| `[a-zA-Z.]+` \|/.test(line));
    const documented = rows.flatMap((row) => {
      const [, element = '', named = ''] = row.split('|');
      return named.split(',').map((type) => [type.trim(), element.trim().replaceAll('`', '')]);
    });
    expect(new Map(documented as [string, string][])).toEqual(
      new Map(written.map((type) => [type, ownerElement(type)!.path])),
    );
  });
});

describe('those whom a resource names as the owners of its record', () => {
  const base = 'http://localhost:3000/fhir/r4';
  const named = (resourceType: string, content: object) =>
    namedOwners({ resourceType, ...content }, resourceType, base);

  it('are references to this server, and whatever else stands there', () => {
    const subject = [{ reference: 'Patient/a' }, { reference: `${base}/Patient/b/_history/1` }, { display: 'c' }];
    expect(named('Account', { subject })).toEqual([
      { expression: 'Account.subject[0]', target: 'Patient/a' },
      { expression: 'Account.subject[1]', target: 'Patient/b' },
      { expression: 'Account.subject[2]', target: undefined },
    ]);
    expect(named('Observation', {})).toEqual([]);
    expect(named('Patient', { link: [{ other: { reference: 'Patient/b' } }] })).toEqual([]);
  });

  it('are the patients among the participants of an appointment', () => {
    const actors = [
      { reference: 'Practitioner/a' },
      { reference: 'Patient/b' },
      { display: 'c' },
      { type: 'Device', identifier: { value: 'd' } },
      { identifier: { value: 'e' } },
      { reference: '#f', type: 'http://hl7.org/fhir/StructureDefinition/Patient' },
    ];
    const found = named('Appointment', { participant: actors.map((actor) => ({ actor })) });
    expect(found.map(({ expression }) => expression)).toEqual(
      [1, 4, 5].map((i) => `Appointment.participant[${i}].actor`),
    );
  });
});
