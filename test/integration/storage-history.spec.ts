// https://hl7.org/fhir/R4/http.html#history
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import type { HistoryRequest, VersionPlace } from '../../src/r4/search/query/history-request.js';
import { historyStatement } from '../../src/fhir/storage/reading/history-statement.js';
import { instanceHistoryStatement } from '../../src/fhir/storage/reading/instance-history-statement.js';
import type { Statement } from '../../src/fhir/storage/session/statement.js';
import { nodesOf, type PlanNode, rowsLookedAt } from '../support/plan-nodes.js';
import { Caller, openStorage, patient, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

let storage: Storage;

const columns =
  'tenant, type, id, version, updated, deleted, method, body, compartments, tok, val, ranges, num_low, num_high, str_low, str_high';
const noKeys = `'{}', '{}', '{}', '{}', '{}', '{}', '{}'`;

/** `count` resources of a type with two versions each; every hundredth belongs to Patient/p1. */
const fill = (type: string, count: number): string => `
  INSERT INTO resource_history (${columns})
    SELECT 1, '${type}', 'r' || n, 1, timestamptz '2024-01-01Z' + n * interval '1 second', false, 'POST', '{}',
      ARRAY['Patient/p' || n % 100], ${noKeys} FROM generate_series(1, ${count}) AS n;
  INSERT INTO resource (${columns})
    SELECT 1, '${type}', 'r' || n, 2, timestamptz '2024-02-01Z' + n * interval '1 second', false, 'PUT', '{}',
      ARRAY['Patient/p' || n % 100], ${noKeys} FROM generate_series(1, ${count}) AS n;`;

/** 10,000 versions of one Patient, a second apart. */
const longLife = `
  INSERT INTO resource_history (${columns})
    SELECT 1, 'Patient', 'long', n, timestamptz '2024-03-01Z' + n * interval '1 second', false, 'PUT', '{}',
      ARRAY['Patient/long'], ${noKeys} FROM generate_series(1, 9999) AS n;
  INSERT INTO resource (${columns})
    SELECT 1, 'Patient', 'long', 10000, timestamptz '2024-03-01Z' + interval '10000 seconds', false, 'PUT', '{}',
      ARRAY['Patient/long'], ${noKeys};`;

beforeAll(async () => {
  storage = await openStorage();
  const filled = { Observation: 10_000, Encounter: 5_000, Communication: 5_000, Device: 2_000, AuditEvent: 5_000 };
  for (const [type, count] of Object.entries(filled)) await storage.dataSource.query(fill(type, count));
  await storage.dataSource.query(longLife);
  await storage.dataSource.query('ANALYZE resource, resource_history');
});
afterAll(() => storage.close());

/** How many rows of tables the statement looks at. */
async function rowsRead(statement: Statement): Promise<number> {
  const { text, values } = bindTenant(statement.text, statement.values);
  const [{ 'QUERY PLAN': plan }] = await storage.dataSource.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [
    ...values,
  ]);
  const counts = (node: PlanNode) => node['Relation Name'] !== undefined || node['Node Type'].includes('Bitmap Index');
  return rowsLookedAt(nodesOf(plan[0].Plan).filter(counts));
}

const to = (caller: Caller, types: readonly string[]) => types.map((type) => caller.to(type, 's'));
const wildcard = [...resourceTypes].filter((type) => type !== 'AuditEvent');
const orders = [true, false];
const place = (type: string, id: string, lastUpdated: string, versionId = 1): VersionPlace => ({
  type,
  id,
  lastUpdated,
  versionId,
});
const middle = place('Observation', 'r5000', '2024-01-01T01:23:20.000Z');

describe('a page of a history reads a bounded number of rows', () => {
  it.each(orders)('of one resource, also the page 200 of 10,000 versions (newest first: %s)', async (newestFirst) => {
    const versionId = newestFirst ? 10_000 - 200 * 49 : 200 * 49;
    const page200 = { after: place('Patient', 'long', '2024-03-01T00:00:00.000Z', versionId) };
    for (const access of [system, patient('long')].map((caller) => caller.to('Patient', 'r'))) {
      for (const after of [{}, page200]) {
        const request: HistoryRequest = { count: 49, newestFirst, ...after };
        const read = await rowsRead(
          instanceHistoryStatement({ access, isCounted: access.unrestricted }, 'long', request),
        );
        expect(read).toBeGreaterThanOrEqual(50);
        expect(read).toBeLessThan(300);
      }
    }
  });

  it.each(orders)('of a type (newest first: %s)', async (newestFirst) => {
    for (const type of ['Observation', 'Communication']) {
      for (const after of [{}, { after: { ...middle, type } }, { before: { ...middle, type } }]) {
        const request: HistoryRequest = { count: 20, newestFirst, ...after };
        expect(await rowsRead(historyStatement(to(system, [type]), request))).toBeLessThan(200);
      }
    }
  });

  it.each(orders)('of the system (newest first: %s)', async (newestFirst) => {
    for (const after of [{}, { after: middle }, { before: middle }]) {
      const request: HistoryRequest = { count: 20, newestFirst, ...after };
      expect(await rowsRead(historyStatement(to(system, wildcard), request))).toBeLessThan(500);
    }
  });

  it('of the record of one patient: that record', async () => {
    const request: HistoryRequest = { count: 20, newestFirst: true, after: middle };
    const member = ['Observation', 'Encounter', 'Communication', 'Device', 'Patient'];
    expect(await rowsRead(historyStatement(to(patient('p1'), [...member, 'Practitioner']), request))).toBeLessThan(
      2_000,
    );
    expect(await rowsRead(historyStatement(to(patient('p1'), ['Observation']), request))).toBeLessThan(1_000);
  });
});
