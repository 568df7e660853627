import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditSealer } from '../../src/fhir/storage/audit/audit-sealer.js';
import { aBundle, anObservation } from '../support/resources.js';
import { patients } from './compartment-limits.js';
import type { Limit } from './limit.js';
import { record } from './record.js';
import { Session } from './session.js';
import { runSql, Worlds } from './world.js';

/** AuditEvents (docs/adr/0025): seen by those alone whose scope names them, written by nobody. */

const limit = (scope: string, claims: object = {}): Limit => ({
  name: 'AuditEvents without a scope that names them',
  scope,
  claims: { sub: 'curious', client_id: 'curious', ...claims },
  type: 'Patient',
  may: 'rs',
  own: (id) => [{ resourceType: 'Patient', id }],
  ownIds: [],
  hidden: {},
  around: [
    ...patients,
    { ...anObservation('Patient/p1'), id: 'o1' },
    {
      resourceType: 'Provenance',
      id: 'of-audit',
      target: [{ reference: 'AuditEvent/a1' }],
      recorded: '2024-01-01T00:00:00Z',
      agent: [{ who: { display: 'x' } }],
    },
    {
      resourceType: 'List',
      id: 'l1',
      status: 'current',
      mode: 'working',
      entry: [{ item: { reference: 'AuditEvent/a1' } }],
    },
  ],
});

const callers: readonly (readonly [string, Limit])[] = [
  ['user/*.cruds', limit('user/*.cruds')],
  ['system/*.cruds', limit('system/*.cruds', { sub: 'service', client_id: 'service' })],
  ['patient/*.rs', limit('patient/*.rs', { patient: 'p1' })],
  ['patient/AuditEvent.rs beside patient/*.rs', limit('patient/AuditEvent.rs patient/*.rs', { patient: 'p1' })],
];

/** Each names AuditEvents: what they are depends on what others did. */
const refused = [
  'AuditEvent',
  'AuditEvent?_summary=count',
  'AuditEvent?patient=Patient/p1',
  'AuditEvent/_history',
  'Patient/p1/AuditEvent',
  '?_type=AuditEvent',
  '?_type=AuditEvent,Patient',
  'Patient?_has:AuditEvent:patient:agent-name=dr-who',
  'Patient?_has:AuditEvent:entity:outcome=0',
  'Observation?patient._has:AuditEvent:entity:outcome=0',
  'Provenance?target:AuditEvent.outcome=0',
  'AuditEvent?agent.identifier=x',
  'AuditEvent?_list=l1',
];

/** What stays without them. */
const without = [
  'Patient?_revinclude=AuditEvent:patient',
  'Patient?_revinclude=AuditEvent:entity',
  'Patient?_revinclude=*',
  'Patient?_id=p1&_revinclude:iterate=AuditEvent:entity',
  'Provenance?_include=Provenance:target',
  'Provenance?_include=*',
  'List?_include=List:item',
  'Patient/p1/*',
  '?_lastUpdated=gt2020-01-01',
  '_history',
  'Patient/p1/_history',
  '$my-access',
  '$explain-access?method=GET&path=AuditEvent',
];

let worlds: Worlds;

beforeAll(async () => {
  worlds = await Worlds.start();
});
afterAll(() => worlds.close());

describe('AuditEvents', () => {
  it.each(callers)('leave no trace for %s', async (_, caller) => {
    await worlds.load(caller);
    // The worlds differ in what others did, and in nothing else.
    const other = worlds.a.token('user/*.rs', { sub: 'dr-who', client_id: 'ehr' });
    for (const path of ['Patient/p1', 'Observation?patient=p1', 'Patient/nobody', 'AuditEvent'])
      await worlds.a.call('GET', path, { token: other });
    for (const { app } of [worlds.a, worlds.b]) await app.get(AuditSealer).catchUp();
    await runSql(
      worlds.a,
      `UPDATE resource SET id = 'a1' WHERE type = 'AuditEvent' AND id = (SELECT min(id) FROM resource WHERE type = 'AuditEvent')`,
    );
    const pair = [new Session(worlds.a, caller), new Session(worlds.b, caller)];
    const answers = await record(async (session) => {
      for (const path of [
        ...refused,
        'AuditEvent/a1',
        'AuditEvent/a1/_history',
        'AuditEvent/a1/_history/1',
        ...without,
      ])
        await session.get(path);
      await session.form('AuditEvent/_search', 'patient=Patient/p1');
      await session.form('Patient/_search', '_has:AuditEvent:patient:agent-name=dr-who');
      const entries = [...refused, ...without].map((url) => ({ request: { method: 'GET', url } }));
      await session.post('', aBundle('batch', ...entries));
      for (const entry of entries) await session.post('', aBundle('transaction', entry));
    }, pair);
    const statusOf = (path: string): string =>
      answers.find((answer) => answer.startsWith(`GET ${path}\n`))!.split('\n')[1]!;
    expect(refused.filter((path) => statusOf(path) !== '403')).toEqual([]);
    expect(answers.filter((answer) => answer.includes('"resourceType":"AuditEvent"'))).toEqual([]);
    expect(answers.filter((answer) => answer.includes('dr-who') && !answer.includes('agent-name=dr-who'))).toEqual([]);
  });

  it('take nothing from any client on any path', async () => {
    await worlds.load(callers[0]![1]);
    const server = worlds.a;
    const token = server.token('system/AuditEvent.cruds system/*.cruds user/AuditEvent.cruds', {
      sub: 'forger',
      client_id: 'forger',
    });
    const event = (id?: string) => ({
      resourceType: 'AuditEvent',
      ...(id !== undefined && { id }),
      type: { code: 'rest' },
      recorded: '2024-01-01T00:00:00Z',
      agent: [{ requestor: true, name: 'forged-by-a-client' }],
      source: { observer: { display: 'x' } },
    });
    await server.app.get(AuditSealer).catchUp();
    const [{ id }] = (await runSql(server, `SELECT id FROM resource WHERE type = 'AuditEvent' LIMIT 1`)) as [
      { id: string },
    ];
    const patch = {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'delete' },
            { name: 'path', valueString: 'AuditEvent.outcome' },
          ],
        },
      ],
    };
    const meta = {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'forged-by-a-client' }] } }],
    };
    const json = { 'content-type': 'application/json-patch+json' };
    const writes: readonly (readonly [string, string, object?, Record<string, string>?])[] = [
      ['POST', 'AuditEvent', event()],
      ['POST', 'AuditEvent', event(), { 'if-none-exist': 'outcome=9' }],
      ['POST', 'AuditEvent', event(), { 'idempotency-key': 'forged-1' }],
      ['PUT', 'AuditEvent/forged', event('forged')],
      ['PUT', `AuditEvent/${id}`, event(id)],
      ['PUT', 'AuditEvent?outcome=9', event()],
      ['PATCH', `AuditEvent/${id}`, patch],
      ['PATCH', `AuditEvent/${id}`, [{ op: 'add', path: '/outcomeDesc', value: 'forged-by-a-client' }], json],
      ['PATCH', 'AuditEvent?outcome=0', patch],
      ['DELETE', `AuditEvent/${id}`],
      ['DELETE', 'AuditEvent?outcome=0'],
      ['POST', `AuditEvent/${id}/$meta-add`, meta],
      ['POST', `AuditEvent/${id}/$meta-delete`, meta],
    ];
    const statuses: string[] = [];
    for (const [method, path, body, headers] of writes) {
      const answer = await server.call(method, path, { token, ...(body && { body }), ...(headers && { headers }) });
      statuses.push(`${method} ${path} ${answer.status} ${answer.text.includes('policy-refused')}`);
      if (method === 'PATCH' && Array.isArray(body)) continue;
      const entry = { request: { method, url: path }, ...(body && { resource: body as never }) };
      if (path.includes('$')) continue;
      const whole = await server.call('POST', '', { token, body: aBundle('transaction', entry) });
      const batch = await server.call('POST', '', { token, body: aBundle('batch', entry) });
      const { response } = batch.body.entry[0];
      const isRefused = (given: object): boolean => JSON.stringify(given).includes('policy-refused');
      statuses.push(
        `transaction ${whole.status} ${isRefused(whole.body)}`,
        `batch ${parseInt(response.status, 10)} ${isRefused(response)}`,
      );
    }
    expect(statuses.filter((status) => !status.endsWith(' 403 true'))).toEqual([]);
    await server.app.get(AuditSealer).catchUp();
    const forged = `SELECT id FROM resource WHERE type = 'AuditEvent' AND (id = 'forged' OR version > 1 OR deleted OR body LIKE '%forged-by-a-client%"source"%display":"x"%')`;
    expect(await runSql(server, forged)).toEqual([]);
  });
});
