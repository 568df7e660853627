import { newRecord, recordOf } from '../../../audit/audit-record.js';
import { AccessTrail } from '../../../scope/access-trail.js';
import { RequestContext } from '../../../scope/request-context.js';
import type { Principal } from '../../../auth/principal.js';
import { Refused } from '../../../refusal/refusal.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { Records, RecordsPage, RecordsQuery, WrittenRecord } from '../../extensions/records.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { RecordWays } from './record-ways.js';

/** Use of the records as the server itself. */
interface SystemUse {
  /** Who called the code. */
  readonly caller: RequestContext;
  /** The code. */
  readonly name: string;
  readonly reason: string;
}

/** Its parts, and how the records of a caller are made. */
interface SystemWays extends Pick<RecordWays, 'resources' | 'log'> {
  readonly records: (context: RequestContext, tx?: ResourceRepository) => Records;
}

/** The server as a caller of itself: the highest clearance, no Consent against it, and every type but AuditEvent, which no `*` covers. */
const serverItself: Principal = {
  issuer: 'urn:lanyard:server',
  local: true,
  subject: 'server',
  kind: 'machine',
  scopes: ['system/*.cruds'],
  userWithoutFhirUser: 'deny',
  clearance: 'V',
  consentExempt: true,
  ownIds: true,
  expiresAt: Number.MAX_SAFE_INTEGER,
  claims: {},
};

/** Records as the server itself; each use is recorded, whatever comes of it. */
export class SystemRecords implements Records {
  constructor(
    private readonly by: SystemWays,
    private readonly use: SystemUse,
    private readonly tx?: ResourceRepository,
  ) {}

  read(type: string, id: string): Promise<JsonObject> {
    return this.using(`read ${type}/${id}`, (records) => records.read(type, id));
  }

  search(type: string, query: RecordsQuery, most?: number): Promise<readonly JsonObject[]> {
    return this.using(`search ${type}`, (records) => records.search(type, query, most));
  }

  page(type: string, query: RecordsQuery): Promise<RecordsPage> {
    return this.using(`search ${type}`, (records) => records.page(type, query));
  }

  create(resource: JsonObject): Promise<WrittenRecord> {
    return this.using('create', (records) => records.create(resource));
  }

  update(resource: JsonObject, ifMatch?: string): Promise<WrittenRecord> {
    return this.using('update', (records) => records.update(resource, ifMatch));
  }

  patch(type: string, id: string, operations: readonly JsonObject[]): Promise<WrittenRecord> {
    return this.using(`patch ${type}/${id}`, (records) => records.patch(type, id, operations));
  }

  delete(type: string, id: string): Promise<WrittenRecord> {
    return this.using(`delete ${type}/${id}`, (records) => records.delete(type, id));
  }

  transaction<T>(work: (records: Records) => Promise<T>): Promise<T> {
    const resources = this.tx ?? this.by.resources;
    return resources.transaction(this.use.caller.caller, (tx) => work(new SystemRecords(this.by, this.use, tx)));
  }

  asSystem(reason: string): Records {
    return new SystemRecords(this.by, { ...this.use, reason }, this.tx);
  }

  private async using<T>(what: string, work: (records: Records) => Promise<T>): Promise<T> {
    const { caller, name, reason } = this.use;
    const trail = caller.trail && new AccessTrail(caller.trail.request);
    if (trail)
      trail.asServer = {
        name,
        details: [
          ['as', 'server'],
          ['reason', reason],
          ['action', what],
        ],
      };
    const rules = caller.rules.withoutPolicies();
    const context = new RequestContext(serverItself, rules, trail, caller.caller);
    try {
      const done = await work(this.by.records(context, this.tx));
      await this.record(trail, '0');
      return done;
    } catch (error) {
      const isRefusal = error instanceof Refused || (error instanceof FhirError && error.status < 500);
      await this.record(trail, isRefusal ? '4' : '8');
      throw error;
    }
  }

  /** A write has its record in the transaction that stored it. */
  private async record(trail: AccessTrail | undefined, outcome: '0' | '4' | '8'): Promise<void> {
    if (!trail || (trail.isRecorded && trail.unrecorded.length === 0)) return;
    const disclosed = trail.unrecorded;
    await this.by.log.record(recordOf(trail, newRecord({ outcome, ...(disclosed.length > 0 && { disclosed }) })));
    trail.markRecorded(disclosed);
  }
}
