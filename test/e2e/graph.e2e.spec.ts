// https://hl7.org/fhir/R4/resource-operation-graph.html (docs/adr/0104)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPractitioner } from '../../src/testing/resources.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, putting } from '../support/resources.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;

const canonical = 'https://example.org/GraphDefinition/record';
const graphOf = (start: string, ...link: readonly object[]): JsonObject =>
  ({ resourceType: 'GraphDefinition', name: 'G', status: 'active', start, link }) as unknown as JsonObject;
const record = graphOf(
  'Patient',
  {
    path: 'Patient.managingOrganization',
    target: [{ type: 'Organization', link: [{ path: 'partOf', target: [{ type: 'Organization' }] }] }],
  },
  {
    target: [
      {
        type: 'Observation',
        params: 'subject={ref}&status=final',
        link: [{ path: 'Observation.performer', target: [{ type: 'Practitioner' }] }],
      },
      { type: 'Condition', params: 'subject={ref}' },
    ],
  },
);

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' });
  machine = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
  const performed = (by: string) => ({ performer: [{ reference: by }] });
  const resources = [
    { ...aPatient({ managingOrganization: { reference: 'Organization/h1' } }), id: 'p1' },
    { ...aPatient(), id: 'p2' },
    { resourceType: 'Organization', id: 'h1', name: 'One', partOf: { reference: 'Organization/h2/_history/1' } },
    { resourceType: 'Organization', id: 'h2', name: 'Two', partOf: { reference: 'Organization/h1' } },
    { ...aPractitioner(), id: 'd1' },
    { ...anObservation('Patient/p1', performed('Practitioner/d1')), id: 'o1' },
    { ...anObservation('Patient/p1', performed('Organization/h1')), id: 'o2' },
    { ...anObservation('Patient/p1', { status: 'preliminary' }), id: 'o3' },
    { ...anObservation('Patient/p2'), id: 'o4' },
    { ...record, id: 'record', url: canonical, version: '1' },
    {
      ...graphOf('Composition', {
        path: 'Composition.subject',
        target: [{ type: 'Patient', link: [{ target: [{ type: 'Observation', params: 'subject={ref}' }] }] }],
      }),
      id: 'note',
    },
    {
      resourceType: 'List',
      id: 'l2',
      status: 'current',
      mode: 'working',
      entry: Array.from({ length: 2000 }, (_, at) => ({
        item: { reference: `https://other.example.org/Basic/${at}` },
      })),
    },
    {
      resourceType: 'List',
      id: 'l3',
      status: 'current',
      mode: 'working',
      subject: { reference: 'Patient/p1' },
      entry: ['Patient/p1', 'Observation/o1', 'Observation/o4', 'Organization/h1', 'Practitioner/d1'].map(
        (reference) => ({ item: { reference } }),
      ),
    },
    {
      resourceType: 'List',
      id: 'l1',
      status: 'current',
      mode: 'working',
      entry: Array.from({ length: 1001 }, (_, at) => ({ item: { reference: `Basic/b${at}` } })),
    },
    {
      resourceType: 'Composition',
      id: 'c1',
      status: 'final',
      type: { text: 'Note' },
      subject: { reference: 'Patient/p2' },
      date: '2024-01-01',
      author: [{ reference: 'Practitioner/d1' }],
      title: 'Note',
    },
  ];
  await server.call('POST', '', {
    token: machine,
    body: aBundle('transaction', ...resources.map(putting)),
  });
});
afterAll(() => server.close());

const get = (path: string, token = machine): Promise<Answer> => server.call('GET', path, { token });
const post = (path: string, definition: JsonObject, token = machine): Promise<Answer> =>
  server.call('POST', path, {
    token,
    body: { resourceType: 'Parameters', parameter: [{ name: 'definition', resource: definition }] },
  });
const found = ({ status, body, text }: Answer): readonly string[] => {
  expect([status, text]).toEqual([200, expect.any(String)]);
  expect([body.resourceType, body.link]).toEqual(['Bundle', undefined]);
  return body.entry.map(
    ({ fullUrl, resource }: { fullUrl: string; resource: { resourceType: string; id: string } }) => {
      const address = `${resource.resourceType}/${resource.id}`;
      expect(fullUrl.endsWith(`/fhir/r4/${address}`)).toBe(true);
      return address;
    },
  );
};

describe('$graph', () => {
  it('answers the resource and what the links reach, each once', async () => {
    const all = [
      'Patient/p1',
      'Organization/h1',
      'Organization/h2',
      'Observation/o1',
      'Observation/o2',
      'Practitioner/d1',
    ];
    for (const graph of [canonical, `${canonical}%7C1`, 'GraphDefinition/record']) {
      const answer = await get(`Patient/p1/$graph?graph=${graph}`);
      expect(answer.body.type).toBe('collection');
      expect(found(answer).toSorted()).toEqual(all.toSorted());
    }
    expect(found(await post('Patient/p1/$graph', record))).toEqual(
      found(await get(`Patient/p1/$graph?graph=${canonical}`)),
    );
    expect(found(await get(`Patient/p2/$graph?graph=${canonical}`))).toEqual(['Patient/p2', 'Observation/o4']);
  });

  it('has what its caller may read and search, and nothing else', async () => {
    const graph = `Patient/p1/$graph?graph=${canonical}`;
    const ofPatient = server.token('patient/*.rs', { patient: 'p1' });
    expect(found(await get(graph, ofPatient))).toContain('Observation/o1');
    expectOutcome(await get(`Patient/p2/$graph?graph=${canonical}`, ofPatient), 403, /forbidden/);
    const few = 'user/Patient.r user/GraphDefinition.r';
    expect(found(await get(graph, server.token(`${few} user/Observation.r user/Organization.s`)))).toEqual([
      'Patient/p1',
    ]);
    expect(found(await get(graph, server.token(`${few} user/Observation.rs?status=preliminary`)))).toEqual([
      'Patient/p1',
    ]);
    expect(found(await get(graph, server.token(`${few} user/Organization.r`)))).toEqual([
      'Patient/p1',
      'Organization/h1',
      'Organization/h2',
    ]);
    expect(found(await get(graph, server.token(`${few} user/Organization.rs?name=Two`)))).toEqual(['Patient/p1']);
    expectOutcome(await get(graph, server.token('user/Patient.r')), 403, /forbidden/);
    expectOutcome(await get(graph, server.token('user/GraphDefinition.r')), 403, /forbidden/);
  });

  it('keeps the rules of compartments, by both ends of a link', async () => {
    const rule = (name: string, use = 'requirement', code = 'Patient') => ({ use, code, rule: name });
    const mixed = (...compartment: readonly object[]) =>
      graphOf('List', {
        path: 'List.entry.item',
        target: [{ type: 'Resource', ...(compartment.length > 0 && { compartment }) }],
      });
    const entries = (...rules: readonly object[]) =>
      post('List/l3/$graph', mixed(...rules)).then((answer) => found(answer).slice(1));
    // A list of p1: of p1 itself, an Observation of each, an Organization and a Practitioner in no record.
    const all = ['Patient/p1', 'Observation/o1', 'Observation/o4', 'Organization/h1', 'Practitioner/d1'];
    expect((await entries()).toSorted()).toEqual(all.toSorted());
    expect(await entries(rule('identical'))).toEqual(['Patient/p1', 'Observation/o1']);
    expect(await entries(rule('different'))).toEqual(['Observation/o4']);
    expect(await entries(rule('identical'), rule('different'))).toEqual([]);
    expect(await entries(rule('different', 'condition'), rule('identical'))).toHaveLength(4);
    expect(await entries(rule('identical', 'condition'))).toHaveLength(5);
    // The list is in no compartment of a Practitioner.
    expect(await entries(rule('identical', 'requirement', 'Practitioner'))).toEqual([]);
  });

  it('keeps the rules of compartments in searches, each resource by its own', async () => {
    const search = (params: string, ...compartment: readonly object[]) => ({
      target: [{ type: 'Observation', params, ...(compartment.length > 0 && { compartment }) }],
    });
    const graph = (name: string) =>
      graphOf('List', {
        path: 'List.entry.item',
        target: [
          {
            type: 'Practitioner',
            link: [
              search('performer={ref}', { use: 'requirement', code: 'Practitioner', rule: name }),
              search('performer={ref}', { use: 'requirement', code: 'Patient', rule: name }),
            ],
          },
        ],
      });
    expect(found(await post('List/l3/$graph', graph('identical')))).toEqual([
      'List/l3',
      'Practitioner/d1',
      'Observation/o1',
    ]);
    expect(found(await post('List/l3/$graph', graph('different')))).toEqual(['List/l3', 'Practitioner/d1']);
    const both = graphOf('List', {
      path: 'List.entry.item',
      target: [
        {
          type: 'Observation',
          link: [
            search('performer=Organization/h1&status:not={ref}', {
              use: 'requirement',
              code: 'Patient',
              rule: 'different',
            }),
          ],
        },
      ],
    });
    // o2 is of p1, as o1 is: only the link from o4, of p2, keeps the rule.
    expect(found(await post('List/l3/$graph', both))).toEqual([
      'List/l3',
      'Observation/o1',
      'Observation/o4',
      'Observation/o2',
    ]);
  });

  it('says what it does not follow, and where', async () => {
    const place = async (definition: JsonObject): Promise<readonly string[]> => {
      const answer = await post('Patient/p1/$graph', definition);
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('is not followed')]);
      return answer.body.issue.map(({ diagnostics }: { diagnostics: string }) => diagnostics.slice(37).split(': ')[0]);
    };
    const one = (link: object) => place(graphOf('Patient', link));
    const target = (more: object) => ({ target: [{ type: 'Observation', params: 'subject={ref}', ...more }] });
    expect(await place(graphOf('Observation', { path: 'Observation.subject' }))).toEqual(['GraphDefinition.start']);
    expect(await one({ path: 'Patient.name.repeat(x)' })).toEqual([expect.stringContaining('link[0].path')]);
    expect(await one({ path: 'Patient.nothing' })).toEqual([expect.stringContaining('link[0].path')]);
    expect(await one({ description: 'x' })).toEqual([expect.stringContaining('link[0]')]);
    expect(await one(target({ params: 'subject=Patient/p1' }))).toEqual([expect.stringContaining('params')]);
    expect(await one(target({ params: 'subject={ref}&_include=*' }))).toEqual([expect.stringContaining('params')]);
    expect(await one(target({ params: 'subject={ref}&code=x{ref}' }))).toEqual([expect.stringContaining('params')]);
    expect(await one(target({ type: 'Resource' }))).toEqual([expect.stringContaining('type')]);
    expect(await one({ path: 'Patient.link.other', ...target({}) })).toEqual([expect.stringContaining('params')]);
    const ruled = (...compartment: readonly object[]) => one(target({ compartment }));
    const rule = { use: 'requirement', code: 'Patient', rule: 'identical' };
    for (const name of ['matching', 'custom'])
      expect(await ruled(rule, { ...rule, rule: name })).toEqual([expect.stringContaining('compartment[1].rule')]);
    expect(await ruled(...Array.from({ length: 11 }, () => rule))).toEqual([expect.stringContaining('compartment')]);
    const deep = (levels: number): object => target(levels > 1 ? { link: [deep(levels - 1)] } : {});
    expect(await one(deep(11))).toEqual([expect.stringContaining('link[0].target[0].link[0]')]);
    expect((await place(graphOf('Patient', ...Array.from({ length: 101 }, () => target({})))))[0]).toBe(
      'GraphDefinition',
    );
    const unknown = await post('Patient/p1/$graph', graphOf('Patient', target({ params: 'nothing={ref}' })));
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('nothing')]);
  });

  it('has bounds, and a graph', async () => {
    const wide = graphOf('List', { path: 'List.entry.item' });
    expectOutcome(await post('List/l1/$graph', wide), 422, /too-costly/);
    const again = await post(
      'List/l2/$graph',
      graphOf('List', ...Array.from({ length: 60 }, () => ({ path: 'List.entry.item' }))),
    );
    expectOutcome(again, 422, /more than 100000 references/);
    expectOutcome(await get('Patient/p1/$graph'), 400, /required/);
    expectOutcome(await get('Patient/p1/$graph?graph=https://example.org/none'), 404, /not-found/);
    expectOutcome(await get('Patient/p1/$graph?graph=GraphDefinition/none'), 404, /not-found/);
    expectOutcome(await get(`Patient/none/$graph?graph=${canonical}`), 404, /not-found/);
  });
});

describe('Composition/$document with a graph', () => {
  it('has what the graph reaches beside what it has anyway', async () => {
    expect(found(await get('Composition/c1/$document')).toSorted()).toEqual([
      'Composition/c1',
      'Patient/p2',
      'Practitioner/d1',
    ]);
    const graphed = await get('Composition/c1/$document?graph=GraphDefinition/note');
    expect(graphed.body.type).toBe('document');
    expect(found(graphed)[0]).toBe('Composition/c1');
    expect(found(graphed).toSorted()).toEqual(['Composition/c1', 'Observation/o4', 'Patient/p2', 'Practitioner/d1']);
    expectOutcome(await get(`Composition/c1/$document?graph=${canonical}`), 422, /business-rule/);
  });
});
