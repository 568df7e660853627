// https://hl7.org/fhir/R4/http.html#transaction: operations as entries (docs/adr/0061)
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { Operation, OperationCall, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, type Entry, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

const note = {
  code: 'note',
  level: ['instance'],
  types: ['Patient'],
  affectsState: true,
  inTransaction: true,
  access: [{ permission: 'c', type: 'Observation' }],
  also: [{ permission: 's', type: 'Observation' }],
  parameters: [{ name: 'text', type: 'string', min: 1, documentation: 'What.' }],
  documentation: 'Writes an Observation, and counts those that there are.',
} as const satisfies OperationDeclaration;

@Injectable()
class Note implements Operation<typeof note> {
  readonly declaration = note;
  async run({ records, id, parameters: { text } }: OperationCall<typeof note>): Promise<object> {
    const subject = `Patient/${id}`;
    await records.create(anObservation(subject, { note: [{ text }] }));
    const found = await records.search('Observation', `subject=${subject}`);
    return { resourceType: 'Parameters', parameter: [{ name: 'count', valueInteger: found.length }] };
  }
}

@Injectable()
class Beside implements Operation {
  readonly declaration: OperationDeclaration = {
    code: 'beside',
    level: ['system'],
    affectsState: false,
    access: 'any-token',
    documentation: 'Says nothing of transactions.',
  };
  run(): object {
    return { resourceType: 'Parameters' };
  }
}

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent' }, [
    FhirModule.forFeature({ name: 'test', operations: [Note, Beside] }),
  ]);
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const send = (type: 'batch' | 'transaction', entries: readonly Entry[], headers = {}, token = all) =>
  server.call('POST', '', { token, body: aBundle(type, ...entries), headers });
const calling = (method: string, url: string, resource?: object): Entry => ({
  request: { method, url },
  ...(resource && { resource }),
});
const texted = (valueString: string) => ({ resourceType: 'Parameters', parameter: [{ name: 'text', valueString }] });
const noting = (id: string, text = 'x'): Entry => calling('POST', `Patient/${id}/$note`, texted(text));
const statuses = (body: { entry: { response: { status: string } }[] }) =>
  body.entry.map(({ response }) => Number(response.status.slice(0, 3)));
const countOf = async (id: string) =>
  (await server.call('GET', `Observation?subject=Patient/${id}&_summary=count`, { token: all })).body.total;

describe('in a batch', () => {
  it('each is answered as alone, those that fail too', async () => {
    const { status, body } = await send('batch', [
      putting({ ...aPatient(), id: 'b1' }),
      noting('b1'),
      calling('GET', 'Patient/b1/$meta'),
      calling('GET', 'Patient/b1/$note'),
      calling('POST', 'Patient/b1/$note', {
        resourceType: 'Parameters',
        parameter: [{ name: 'tex', valueString: 'x' }],
      }),
      calling('GET', '$beside', { resourceType: 'Parameters' }),
      calling('POST', 'DocumentReference/$docref?patient=b1'),
      calling('POST', '$nothing'),
    ]);
    expect([status, statuses(body)]).toEqual([200, [201, 200, 200, 405, 400, 400, 200, 404]]);
    expect(body.entry[1].resource.parameter).toEqual([{ name: 'count', valueInteger: 1 }]);
    expect(body.entry[2].resource.parameter[0].valueMeta.versionId).toBe('1');
    expect(body.entry[6].resource.type).toBe('searchset');
    expect(body.entry[4].response.outcome.issue).toHaveLength(2);
  });

  it('none that changes something is kept for a repetition', async () => {
    const headers = { 'idempotency-key': 'once' };
    const { body } = await send('batch', [putting({ ...aPatient(), id: 'b2' }), noting('b2')], headers);
    expect(statuses(body)).toEqual([201, 400]);
    expect(await countOf('b2')).toBe(0);
  });
});

describe('in a transaction', () => {
  it('what they change is a part of it, after the writes and before the reads', async () => {
    const { status, body } = await send('transaction', [
      calling('GET', 'Observation?subject=Patient/t1&_summary=count'),
      calling('GET', 'Patient/t1/$meta'),
      noting('t1'),
      noting('t1'),
      putting({ ...aPatient(), id: 't1' }),
    ]);
    expect([status, statuses(body)]).toEqual([200, [200, 200, 200, 200, 201]]);
    expect(body.entry[0].resource.total).toBe(2);
    expect(body.entry[3].resource.parameter[0].valueInteger).toBe(2);
    expect(body.entry[1].resource.parameter[0].valueMeta.versionId).toBe('1');
  });

  it('nothing stays when one of them fails, and the entry is named', async () => {
    const wrong = calling('POST', 'Patient/t2/$note', {
      resourceType: 'Parameters',
      parameter: [{ name: 'text', valueInteger: 1 }],
    });
    const answer = await send('transaction', [putting({ ...aPatient(), id: 't2' }), noting('t2'), wrong]);
    expectOutcome(answer, 400, /takes valueString/);
    expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[2].resource.parameter[0].value']);
    expect(await countOf('t2')).toBe(0);
    expectOutcome(await server.call('GET', 'Patient/t2', { token: all }), 404);
    const forbidden = server.token('user/Patient.cruds');
    expectOutcome(await send('transaction', [noting('t2')], {}, forbidden), 403, /user\/Observation\.c/);
  });

  it('refuses what cannot be a part of it, with the reason', async () => {
    for (const [entry, why] of [
      [calling('GET', '$beside'), /looks beside it.*type batch/],
      [calling('POST', '$reindex'), /cannot be undone/],
      [calling('GET', 'Patient/t1/$validate'), /\$validate is no part of a transaction/],
      [calling('POST', '$explain-access'), /takes credentials itself/],
    ] as const) {
      const token = server.token('user/*.cruds admin/*.cruds');
      const answer = await send('transaction', [putting({ ...aPatient(), id: 't3' }), entry], {}, token);
      expectOutcome(answer, 501, why);
      expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[1]']);
    }
    expectOutcome(await server.call('GET', 'Patient/t3', { token: all }), 404);
    expectOutcome(await send('transaction', [noting('t1')], { 'idempotency-key': 'twice' }), 400, /Idempotency-Key/);
  });

  it('the audit names them', async () => {
    await send('transaction', [putting({ ...aPatient(), id: 't4' }), noting('t4')]);
    const auditor = server.token('system/AuditEvent.rs', { sub: 'auditor', client_id: 'auditor' });
    const { text } = await server.call('GET', 'AuditEvent?entity=Patient/t4', { token: auditor });
    expect(text).toContain('{"type":"operation","valueString":"$note"}');
  });
});
