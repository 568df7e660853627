import { notFound } from '../../../scope/explain/not-found.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { InvalidRequest, FhirError } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import type { Records, RecordsPage, RecordsQuery, WrittenRecord } from '../../extensions/records.js';
import type { Written } from '../../storage/writing/change.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import { jsonPatch } from '../read-patch.js';
import type { RepeatedCreate } from '../write-summary.js';
import type { RecordsOwner, RecordWays } from './record-ways.js';
import { SystemRecords } from './system-records.js';

const usualMost = 1000;
const mostOfAll = 10_000;

/** 422: a search has more matches than code said it would take. */
export class TooManyRecords extends FhirError {
  readonly status = 422;
  constructor(type: string, most: number) {
    super({ code: 'too-costly', diagnostics: `More than ${most} resources of the type ${type} match; ask for less.` });
  }
}

/** Records of one caller. */
export class CallerRecords implements Records {
  constructor(
    private readonly by: RecordWays,
    private readonly context: RequestContext,
    private readonly owner: RecordsOwner,
    private readonly tx?: ResourceRepository,
  ) {}

  async read(type: string, id: string): Promise<JsonObject> {
    const { body } = await this.by.reading.run(this.context, type, id, this.tx ?? this.by.resources);
    return parseJson(body) as JsonObject;
  }

  async search(type: string, query: RecordsQuery, most = usualMost): Promise<readonly JsonObject[]> {
    const bound = Math.min(most, mostOfAll);
    const found: JsonObject[] = [];
    let next: RecordsQuery | undefined = query;
    while (next !== undefined) {
      const page: RecordsPage = await this.page(type, next);
      found.push(...page.resources);
      if (found.length > bound) throw new TooManyRecords(type, bound);
      next = page.next;
    }
    return found;
  }

  async page(type: string, query: RecordsQuery): Promise<RecordsPage> {
    const from = this.tx ?? this.by.resources;
    const asked = new URLSearchParams(query);
    const text = await this.by.searching.run(this.context, { type }, asked, { from, handling: 'strict' });
    const bundle = parseJson(text) as JsonObject;
    const next = objectsOf(bundle['link']).find(({ relation }) => relation === 'next')?.['url'];
    const queryOfNext = next === undefined ? undefined : textOf(next).split('?').slice(1).join('?');
    return {
      resources: entriesOf(bundle, 'match'),
      included: entriesOf(bundle, 'include'),
      ...(queryOfNext !== undefined && { next: queryOfNext }),
    };
  }

  async create(resource: JsonObject): Promise<WrittenRecord> {
    return written(await this.within(this.by.creating).run(this.context, typeOf(resource), resource));
  }

  async update(resource: JsonObject, ifMatch?: string): Promise<WrittenRecord> {
    const { id } = resource;
    if (typeof id !== 'string') throw new InvalidRequest({ code: 'required', diagnostics: 'An update needs an id.' });
    return written(await this.within(this.by.updating).run(this.context, typeOf(resource), id, { resource, ifMatch }));
  }

  async patch(type: string, id: string, operations: readonly JsonObject[]): Promise<WrittenRecord> {
    return written(await this.within(this.by.patching).run(this.context, type, id, { patch: jsonPatch(operations) }));
  }

  async delete(type: string, id: string): Promise<WrittenRecord> {
    const deleted = await this.within(this.by.deleting).run(this.context, type, id);
    if (deleted.isAbsent) throw notFound(this.context.accessTo(type, 'd'), id);
    return written(deleted);
  }

  transaction<T>(work: (records: Records) => Promise<T>): Promise<T> {
    const resources = this.tx ?? this.by.resources;
    return resources.transaction(this.context.caller, (tx) =>
      work(new CallerRecords(this.by, this.context, this.owner, tx)),
    );
  }

  asSystem(reason: string): Records {
    const { name, system } = this.owner;
    if (system === undefined || reason.trim() === '') {
      throw new Error(`${name} asked for records asSystem: its declaration needs system, and the call a reason.`);
    }
    const records = (context: RequestContext, tx?: ResourceRepository) =>
      new CallerRecords(this.by, context, { name }, tx);
    return new SystemRecords(
      { resources: this.by.resources, log: this.by.log, records },
      { caller: this.context, name, reason },
      this.tx,
    );
  }

  private within<T extends { within(tx: ResourceRepository): T }>(interaction: T): T {
    return this.tx ? interaction.within(this.tx) : interaction;
  }
}

function typeOf({ resourceType }: JsonObject): string {
  if (typeof resourceType === 'string') return resourceType;
  throw new InvalidRequest({ code: 'structure', diagnostics: 'A resource needs a resourceType.' });
}

const entriesOf = (bundle: JsonObject, mode: string): readonly JsonObject[] =>
  objectsOf(bundle['entry']).flatMap(({ resource, search }) =>
    isObject(resource) && isObject(search) && search['mode'] === mode ? [resource] : [],
  );

function written(done: Written | RepeatedCreate): WrittenRecord {
  const { type, id, versionId, created } = 'told' in done ? done.told : done;
  return { type, id, versionId, created };
}
