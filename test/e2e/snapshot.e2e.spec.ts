// https://hl7.org/fhir/R4/structuredefinition-operation-snapshot.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/r4/validation/validate-resource.js';
import { expectOutcome } from '../support/outcome.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const url = 'http://example.org/StructureDefinition/named-patient';
const profile = (differential: readonly object[] | undefined, changes: object = {}) => ({
  resourceType: 'StructureDefinition',
  id: 'named-patient',
  url,
  version: '2.0.0',
  name: 'NamedPatient',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  ...(differential && { differential: { element: differential } }),
  ...changes,
});
const named = profile([
  { id: 'Patient', path: 'Patient' },
  { id: 'Patient.name', path: 'Patient.name', min: 1, mustSupport: true },
]);
const stricter = profile([{ id: 'Patient.name', path: 'Patient.name', max: '1' }], {
  url: 'http://example.org/StructureDefinition/once-named',
  baseDefinition: `${url}|2.0.0`,
});

const whole = { min: 0, max: '*' };

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = server.token('user/*.cruds');
  const { status, text } = await server.call('PUT', 'StructureDefinition/named-patient', { token, body: named });
  if (status !== 201) throw new Error(text);
});
afterAll(() => server.close());

const get = (path: string): Promise<Answer> => server.call('GET', path, { token });
const make = (body: object): Promise<Answer> => server.call('POST', 'StructureDefinition/$snapshot', { token, body });
interface Element {
  readonly id: string;
  readonly min: number;
  readonly max: string;
  readonly mustSupport?: boolean;
}
const elements = ({ status, text, body }: Answer): readonly Element[] => {
  expect(status, text).toBe(200);
  expect(
    validateResource(JSON.parse(text), { level: 'strict' }).filter(({ severity }) => severity === 'error'),
  ).toEqual([]);
  return body.snapshot.element;
};
const nameIn = (list: readonly Element[]) => list.find(({ id }) => id === 'Patient.name');

describe('StructureDefinition/$snapshot', () => {
  it('lays the differential over its base: of a stored definition by id and canonical, and of one that is sent', async () => {
    const [byId, byUrl, sent] = [
      await get('StructureDefinition/named-patient/$snapshot'),
      await get(`StructureDefinition/$snapshot?url=${encodeURIComponent(`${url}|2.0.0`)}`),
      await make(named),
    ].map(elements);
    expect(nameIn(byId!)).toMatchObject({ min: 1, max: '*', mustSupport: true });
    expect(byId!.map(({ id }) => id)).toContain('Patient.birthDate');
    expect(byUrl).toEqual(byId);
    expect(sent).toEqual(byId);
  });

  it('goes through stored bases, and not by the snapshot that was sent along', async () => {
    const wrong = {
      snapshot: {
        element: [
          { id: 'Patient', path: 'Patient', ...whole, definition: 'All.', base: { path: 'Patient', ...whole } },
        ],
      },
    };
    const made = elements(await make({ ...stricter, ...wrong }));
    expect(nameIn(made)).toMatchObject({ min: 1, max: '1' });
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'definition', resource: stricter }] };
    expect(elements(await make(parameters))).toEqual(made);
  });

  it('keeps that of a definition that is no profile', async () => {
    const own = [{ id: 'Thing', path: 'Thing', ...whole, definition: 'All.', base: { path: 'Thing', ...whole } }];
    const thing = { kind: 'logical', type: 'Thing', derivation: 'specialization', snapshot: { element: own } };
    expect(elements(await make(profile(undefined, thing)))).toEqual(own);
    const bare = profile([{ id: 'Thing', path: 'Thing' }], { ...thing, snapshot: undefined });
    expectOutcome(await make(bare), 422, /is no profile/);
  });

  it.each(['Patient', 'vitalsigns', 'bodyweight', 'Element'])(
    'is valid of what R4 itself defines: %s',
    async (name) => {
      const canonical = `http://hl7.org/fhir/StructureDefinition/${name}`;
      const parameters = { resourceType: 'Parameters', parameter: [{ name: 'url', valueString: canonical }] };
      const answer = await make(parameters);
      const ids = elements(answer).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      if (name === 'bodyweight') expect(ids).toContain('Observation.code.coding:BodyWeightCode.system');
      expect(answer.body).toMatchObject({ status: 'active', abstract: name === 'Element' });
      const judged = await server.call('POST', 'StructureDefinition/$validate', { token, body: answer.body });
      expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
    },
  );

  it('says why there is none', async () => {
    const missing = 'http://example.org/StructureDefinition/nowhere';
    expectOutcome(
      await make(profile([{ id: 'Patient', path: 'Patient' }], { baseDefinition: missing })),
      422,
      new RegExp(missing),
    );
    expectOutcome(
      await make(profile([{ id: 'Patient.wings', path: 'Patient.wings' }])),
      422,
      /Patient\.wings, which its base does not have/,
    );
    const own = {
      element: [{ id: 'Patient', path: 'Patient', ...whole, definition: 'One.', base: { path: 'Patient', ...whole } }],
    };
    expectOutcome(await make(profile(undefined, { snapshot: own })), 422, /has no differential/);
    const circle = profile([{ id: 'Patient', path: 'Patient' }], { baseDefinition: `${url}-2`, url: `${url}-2` });
    expectOutcome(await make(circle), 422, /own base|not known here/);
    expectOutcome(await get('StructureDefinition/$snapshot'), 400, /names no definition/);
    expectOutcome(await get('StructureDefinition/$snapshot?url=urn:none'), 404, /urn:none/);
    expectOutcome(await get('StructureDefinition/none/$snapshot'), 404, /none/);
  });
});
