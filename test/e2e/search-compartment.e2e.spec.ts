// https://hl7.org/fhir/R4/compartmentdefinition.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compartmentMembers, compartmentOwners, compartmentParameters } from '../../src/r4/model/compartments.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const observation = (id: string, code: string, rest: object) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { coding: [{ code }] },
    ...rest,
  });
  const resources = [
    { resourceType: 'Patient', id: 'p1' },
    { resourceType: 'Patient', id: 'p2', link: [{ other: { reference: 'Patient/p1' }, type: 'seealso' }] },
    observation('o1', 'x', { subject: { reference: 'Patient/p1' }, encounter: { reference: 'Encounter/e1' } }),
    observation('o2', 'y', { subject: { reference: 'Patient/p1' } }),
    observation('o3', 'x', { performer: [{ reference: 'Patient/p1' }], subject: { reference: 'Patient/p2' } }),
    observation('o4', 'x', { subject: { reference: 'Patient/p2' }, performer: [{ reference: 'Practitioner/d' }] }),
    observation('o5', 'x', { focus: [{ reference: 'Patient/p1' }] }),
    {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'planned',
      class: { code: 'AMB' },
      subject: { reference: 'Patient/p1' },
    },
    { resourceType: 'Flag', id: 'f', status: 'active', code: { text: 'x' }, subject: { reference: 'Patient/p1' } },
    { resourceType: 'Practitioner', id: 'd' },
  ];
  const body = aBundle('transaction', ...resources.map((resource) => putting(resource as never)));
  await server.call('POST', '', { token: all, body });
});
afterAll(() => server.close());

const get = (path: string, token = all) => server.call('GET', path, { token });
const found = ({ body }: Answer): readonly string[] =>
  (body.entry ?? []).map(({ fullUrl }: { fullUrl: string }) => fullUrl.slice(base.length + 1));
const selfOf = ({ body }: Answer): string => body.link[0].url.slice(base.length + 1);

describe('compartments', () => {
  it('are those that R4 defines, each by parameters that refer to the owner', () => {
    expect(compartmentOwners).toEqual(['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson']);
    const parameters = new SearchParameters();
    for (const owner of compartmentOwners) {
      expect(compartmentMembers(owner)).toContain(owner);
      for (const member of compartmentMembers(owner)) {
        for (const code of compartmentParameters(owner, member)) {
          const parameter = parameters.find(member, code);
          expect([owner, member, code, parameter?.type]).toEqual([owner, member, code, 'reference']);
          expect(parameter?.target).toContain(owner);
        }
      }
    }
  });
});

describe('a search in a compartment', () => {
  it('finds the resources of a type that belong to it by any of its parameters', async () => {
    const answer = await get('Patient/p1/Observation');
    expect(answer.body).toMatchObject({ type: 'searchset', total: 3 });
    expect(found(answer)).toEqual(['Observation/o1', 'Observation/o2', 'Observation/o3']);
    expect(selfOf(answer)).toBe('Patient/p1/Observation?_count=20');
    expect(found(await get('Encounter/e1/Observation'))).toEqual(['Observation/o1']);
    expect(found(await get('Practitioner/d/Observation'))).toEqual(['Observation/o4']);
  });

  it('takes criteria, sorts, counts and pages like a search of the type', async () => {
    expect(found(await get('Patient/p1/Observation?code=x'))).toEqual(['Observation/o1', 'Observation/o3']);
    expect(found(await get('Patient/p1/Observation?_sort=-code&_count=1'))).toEqual(['Observation/o2']);
    expect((await get('Patient/p1/Observation?_summary=count&code=x')).body.total).toBe(2);
    const first = await get('Patient/p1/Observation?_count=2');
    const next = first.body.link.find((link: { relation: string }) => link.relation === 'next').url;
    expect(found(await get(next.slice(base.length + 1)))).toEqual(['Observation/o3']);
    const elsewhere = next.slice(base.length + 1).replace('Patient/p1', 'Patient/p2');
    expect(reasonsOf(await get(elsewhere))).toEqual(['cursor-foreign']);
  });

  it('finds all that belong to it with *, the owner included', async () => {
    expect(found(await get('Patient/p1/*'))).toEqual([
      'Encounter/e1',
      'Flag/f',
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
      'Patient/p1',
      'Patient/p2',
    ]);
    expect(found(await get('Patient/p1/*?_type=Flag,Encounter'))).toEqual(['Encounter/e1', 'Flag/f']);
    expect(found(await get('Encounter/e1/*'))).toEqual(['Encounter/e1', 'Observation/o1']);
    expect(found(await get('Patient/p1/Patient'))).toEqual(['Patient/p1', 'Patient/p2']);
    expect(found(await get('Patient/p1/*?_id=o1&_sort=-_lastUpdated'))).toEqual(['Observation/o1']);
  });

  it('goes by POST as well, with form and URL united, and by HEAD', async () => {
    const form = (path: string, body: string) => server.call('POST', path, { token: all, body, headers });
    expect(found(await form('Patient/p1/Observation/_search', 'code=y'))).toEqual(['Observation/o2']);
    expect(found(await form('Encounter/e1/Observation/_search?code=x', '_id=o1'))).toEqual(['Observation/o1']);
    expect(found(await form('Patient/p1/*/_search', '_id=f'))).toEqual(['Flag/f']);
    const head = await server.call('HEAD', 'Patient/p1/Observation', { token: all });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('is empty for an owner that does not exist, without a look for it', async () => {
    for (const address of ['Patient/nobody/Observation', 'Patient/nobody/*', 'Device/nobody/*']) {
      expect((await get(address)).body).toMatchObject({ type: 'searchset', total: 0 });
    }
  });

  it.each([
    ['Group/g/Patient', 404, /no compartment of a Group; it has those of Device, Encounter, Patient/],
    ['Patient/p1/Organization', 404, /Organization is never in the compartment of a Patient/],
    ['Patient/p1/Observatio', 404, /Did you mean .*Observation/],
    ['Patient/p1/*?_type=Organization', 400, /Organization is never in this compartment/],
    ['Patient/p1/*?code=x', 400, /several types/],
    ['Patient/p1/Observation?nonsense=1', 400, /nonsense/],
    ['Patient/p1/Observation?_type=Basic', 400, /searches Observation alone/],
  ])('%s is %i and says why', async (path, status, text) => {
    expectOutcome(await get(path), status, text);
  });

  it('needs s on the type, and judges rows by the access to it', async () => {
    expect(reasonsOf(await get('Patient/p1/Observation', server.token('user/Flag.rs')))).toEqual([
      'scope-insufficient',
    ]);
    expect(found(await get('Patient/p1/*', server.token('user/Flag.rs')))).toEqual(['Flag/f']);
    expect(reasonsOf(await get('Patient/p1/*', server.token('user/Organization.rs')))).toHaveLength(1);
    const own = server.token('patient/*.rs', { patient: 'p1' });
    expect(found(await get('Patient/p1/Observation', own))).toEqual([
      'Observation/o1',
      'Observation/o2',
      'Observation/o3',
    ]);
    expect(found(await get('Practitioner/d/Observation', own))).toEqual([]);
    expect(found(await get('Patient/p1/Patient', own))).toEqual(['Patient/p1']);
    for (const address of ['Patient/p2/Observation', 'Patient/p2/*', 'Patient/nobody/Observation']) {
      expect(reasonsOf(await get(address, own))).toEqual(['patient-context-mismatch']);
    }
  });

  it.each(['batch', 'transaction'])('can be an entry of a %s', async (type) => {
    const body = aBundle(type as 'batch', { request: { method: 'GET', url: 'Patient/p1/Observation?code=y' } });
    const answer = await server.call('POST', '', { token: all, body });
    expect(found({ ...answer, body: answer.body.entry[0].resource })).toEqual(['Observation/o2']);
  });
});
