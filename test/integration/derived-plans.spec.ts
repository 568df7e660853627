// What planning a statement takes: derived types are judged by other rows, whose partitions are not to be part of it
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourceTypes } from '../../src/r4/model/resource-types.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { historyStatement } from '../../src/fhir/storage/reading/history-statement.js';
import { currentTenant } from '../../src/database/tenant.js';
import { referred } from '../../src/fhir/storage/partitions.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { aPatient, base, Caller, openStorage, type Storage, system } from './storage.fixture.js';
import { bindTenant } from '../../src/fhir/storage/session/tenant-parameter.js';

const rules = new AccessRules({ base, timeZone: 'UTC' }, new SearchParameters(), [], {
  clearance: 'V',
  consent: 'all',
});
/** A user of one record, of which Consents withhold. */
const caller = new Caller('user/*.cruds', { fhirUser: { type: 'Patient', id: 'p1' } }, rules);
/** A user of all records, of which Consents withhold. */
const clinician = new Caller('user/*.cruds', { fhirUser: { type: 'Practitioner', id: 'pr1' } }, rules);

let storage: Storage;
beforeAll(async () => {
  storage = await openStorage();
});
afterAll(() => storage.close());

interface Tables {
  /** Partitions of resources, as often as the plan visits them. */
  readonly resources: number;
  /** Visits of the small table of provisions: three for each row that Consents judge. */
  readonly provisions: number;
}

async function tablesIn(types: readonly string[], by = caller): Promise<Tables> {
  const accesses = types.map((type) => by.to(type, 's'));
  const statement = historyStatement(accesses, { count: 20, newestFirst: true });
  const { text, values } = bindTenant(statement.text, statement.values);
  const [row] = await storage.dataSource.query<readonly { 'QUERY PLAN': unknown }[]>(`EXPLAIN (FORMAT JSON) ${text}`, [
    ...values,
  ]);
  const names = [...JSON.stringify(row!['QUERY PLAN']).matchAll(/"Relation Name":"(\w+)"/g)].map(([, name]) => name);
  const provisions = names.filter((name) => name === 'consent_rule').length;
  return { resources: names.length - provisions, provisions };
}

describe('the plan of a history, for a caller of one record', () => {
  it.each([
    ['Provenance', 10, 70],
    ['Binary', 40, 130],
  ])('of %s visits at most %i partitions, and provisions %i times', async (type, most, times) => {
    const { resources, provisions } = await tablesIn([type]);
    expect(resources).toBeLessThan(most);
    expect(provisions).toBeLessThan(times);
  });

  it.each([
    ['Provenance', 25, 105],
    ['Binary', 25, 60],
  ])('of %s visits at most %i, and provisions %i times, for a caller of all records', async (type, most, times) => {
    const { resources, provisions } = await tablesIn([type], clinician);
    expect(resources).toBeLessThan(most);
    expect(provisions).toBeLessThan(times);
  });

  it('of the whole system visits each partition a few times', async () => {
    const types = [...resourceTypes].filter(canSearch);
    expect(types.length).toBeGreaterThan(100);
    const { resources, provisions } = await tablesIn(types);
    expect(resources).toBeLessThan(130);
    expect(provisions).toBeLessThan(215);
  });
});

function canSearch(type: string): boolean {
  try {
    return caller.to(type, 's').type === type;
  } catch {
    return false;
  }
}

describe('the row that a reference names', () => {
  const idsOf = async (reference: string) => {
    const { text, values } = bindTenant(`SELECT id FROM ${referred('$1')}`, [reference]);
    const rows = await storage.dataSource.query<readonly { id: string }[]>(text, values);
    return rows.map(({ id }) => id);
  };

  it('is found whatever its partition, and only within the tenant', async () => {
    await storage.write(system.update(aPatient(), 'p1'));
    await storage.write(system.update({ resourceType: 'Group', type: 'person', actual: true }, 'g1'));
    expect(await idsOf('Patient/p1')).toEqual(['p1']);
    expect(await idsOf('Group/g1')).toEqual(['g1']);
    expect(await idsOf('Group/p1')).toEqual([]);
    expect(await idsOf('Patient')).toEqual([]);
    await storage.dataSource.query(
      `INSERT INTO resource SELECT (r).* FROM (SELECT jsonb_populate_record(r, '{"tenant": 2, "id": "p2"}') AS r ` +
        `FROM resource AS r WHERE r.tenant = ${currentTenant()} AND r.id = 'p1') AS other`,
    );
    expect(await idsOf('Patient/p2')).toEqual([]);
  });
});
