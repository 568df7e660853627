import pg from 'pg';
import type { DataSource } from 'typeorm';
import { vi } from 'vitest';
import type { Principal } from '../../src/auth/principal.js';
import { createDataSource } from '../../src/database/data-source.js';
import { poolOf } from '../../src/database/pool-of.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { Criterion } from '../../src/r4/search/query/criterion.js';
import { ResourceIndexer } from '../../src/r4/search/index/resource-indexer.js';
import { parseFilter } from '../../src/r4/search/values/parse-filter.js';
import { SearchParameters } from '../../src/r4/search/parameters/search-parameters.js';
import { Readiness } from '../../src/fhir/storage/accesses.js';
import type { Change, Written } from '../../src/fhir/storage/writing/change.js';
import { SearchDefinitions } from '../../src/fhir/storage/indexing/search-definitions.js';
import { IndexForm } from '../../src/fhir/storage/indexing/forms/index-form.js';
import { IndexColumns } from '../../src/fhir/storage/indexing/index-columns.js';
import { ResourceRepository } from '../../src/fhir/storage/resource.repository.js';
import { SortSlots } from '../../src/fhir/storage/searching/sort-slots.js';
import type { StorageUsage } from '../../src/fhir/storage/limits/storage-usage.js';
import { Outbox } from '../../src/fhir/storage/outbox/outbox.js';
import { VersionStamps } from '../../src/fhir/storage/writing/version-stamps.js';
import { SqlSession } from '../../src/fhir/storage/session/sql-session.js';
import { Access } from '../../src/scope/access.js';
import { AccessRules } from '../../src/scope/access-rules.js';
import { RequestContext } from '../../src/scope/request-context.js';
import type { Permission } from '../../src/scope/grammar/permission.js';
import { freshDatabase } from '../support/postgres.js';
import { largeDocuments } from '../support/large-documents.js';

export const base = 'http://localhost:3000/fhir/r4';
const parameters = new SearchParameters();
const rules = new AccessRules({ base, timeZone: 'UTC' }, parameters);

export const filter = (type: string, code: string, text: string) =>
  parseFilter(parameters.find(type, code)!, text, { base, timeZone: 'UTC' });

export const criterion = (type: string, code: string, text: string): Criterion => ({
  kind: 'filter',
  filter: filter(type, code, text),
});

export const typeOf = ({ resourceType }: JsonObject): string => resourceType as string;

/** Whose share transactions of tests take. */
export const anybody = { key: 'anybody' };

/** Somebody with scopes, who can be asked for accesses and for changes under them. */
export class Caller {
  constructor(
    private readonly scopes: string,
    private readonly launch: Partial<Pick<Principal, 'patient' | 'fhirUser' | 'adminScopes'>> = {},
    private readonly rulesOfServer = rules,
  ) {}

  to<P extends Permission>(type: string, permission: P): Access<P> {
    return this.context.accessTo(type, permission);
  }

  private get context(): RequestContext {
    const kind = this.scopes.includes('system/') ? 'machine' : 'user';
    const principal = {
      issuer: 'http://localhost:3000/oauth2',
      local: true,
      subject: 'caller',
      kind,
      scopes: this.scopes.split(' '),
      userWithoutFhirUser: 'allow',
      expiresAt: 4_000_000_000,
      claims: {},
      ...this.launch,
    } as const;
    return new RequestContext(principal, this.rulesOfServer);
  }

  /** For the criteria of a search. */
  readonly searching = (type: string): Access<'s'> => this.to(type, 's');

  create(resource: JsonObject, id: string): Change {
    const type = typeOf(resource);
    return { kind: 'create', access: this.to(type, 'c'), type, id, resource };
  }

  update(resource: JsonObject, id: string, ifMatch?: string): Change {
    const type = typeOf(resource);
    const access = this.to(type, 'u');
    const reading = this.context.accessIfAny(type, 'r');
    return { kind: 'update', access, reading, type, id, resource, ...(ifMatch && { ifMatch }) };
  }

  delete(type: string, id: string, ifMatch?: string): Change {
    return { kind: 'delete', access: this.to(type, 'd'), type, id, ...(ifMatch && { ifMatch }) };
  }
}

export const system = new Caller('system/*.cruds');
/** Who writes SearchParameters as well (docs/adr/0037). */
export const definer = new Caller('user/*.cruds admin/Definition.cud', { adminScopes: 'allow' });
export const patient = (id: string, scopes = 'patient/*.cruds') => new Caller(scopes, { patient: id });

/** A user whom Consents concern. */
export const user = new Caller(
  'user/*.cruds',
  {},
  new AccessRules({ base, timeZone: 'UTC' }, parameters, [], { clearance: 'V', consent: 'users' }),
);

export const aPatient = (family = 'Aal'): JsonObject => ({ resourceType: 'Patient', name: [{ family }] });

export const anObservation = (subject: string, category = 'laboratory'): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: subject },
  effectiveDateTime: '2024-05-01T10:00:00Z',
});

export interface Storage {
  readonly dataSource: DataSource;
  readonly resources: ResourceRepository;
  /** One change; the error of the change itself if it fails. */
  write(change: Change): Promise<Written>;
  close(): Promise<void>;
}

interface StorageOptions {
  readonly readsReferences?: boolean;
  readonly usage?: (session: SqlSession) => StorageUsage;
}

export async function openStorage({ readsReferences = false, usage }: StorageOptions = {}): Promise<Storage> {
  const database = await freshDatabase();
  const dataSource = createDataSource(database.connection, [], []);
  await dataSource.initialize();
  const indexer = new ResourceIndexer(parameters, { base, timeZone: 'UTC' }, readsReferences);
  const session = new SqlSession(poolOf(dataSource), { statementTimeout: 60 });
  const slots = new SortSlots();
  const form = new IndexForm({ added: [] }, { referentialIntegrity: readsReferences, timeZone: 'UTC' });
  const columns = new IndexColumns(indexer, slots, form, largeDocuments());
  const definitions = new SearchDefinitions(session, parameters, slots, form);
  const resources = new ResourceRepository(
    session,
    columns,
    definitions,
    new Readiness(definitions),
    new Outbox(),
    new VersionStamps(),
    usage?.(session),
  );
  return {
    dataSource,
    resources,
    write: (change) => resources.writeOne(change),
    async close() {
      await dataSource.destroy();
      await database.drop();
    },
  };
}

/** The texts of all statements that `work` sends. */
export async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map(([statement]) => {
      const sent: unknown = statement;
      return typeof sent === 'string' ? sent : (sent as { text: string }).text;
    });
  } finally {
    query.mockRestore();
  }
}

/** The same without what the server looks for every few seconds, whoever asks: statements that read resources. */
export const readsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> =>
  (await statementsOf(work)).filter((text) => /\b(?:FROM|JOIN) resource/.test(text));
