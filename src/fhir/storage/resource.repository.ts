import { masked, shown } from './reading/masked.js';
import { Injectable } from '@nestjs/common';
import type { RequestCaller } from '../../database/caller-shares.js';
import type { Access } from '../../scope/access.js';
import type { HistoryRequest } from '../../r4/search/query/history-request.js';
import type { SearchRequest } from '../../r4/search/query/search-request.js';
import type { Canonical } from '../../r4/terminology/canonical.js';
import { LoadedConcepts } from './concepts/loaded-concepts.js';
import { type CanonicalOptions, type CanonicalRow, readCanonicals } from './searching/canonical-statement.js';
import { byType, callerFor, judgedTargets, Readiness, weightOf } from './accesses.js';
import { type Change, throwFirst, type Written } from './writing/change.js';
import { type ConditionQuestion, matchesOf } from './writing/statements/condition-statements.js';
import { SearchDefinitions } from './indexing/search-definitions.js';
import { discloseRows } from './reading/disclose.js';
import {
  type Explained,
  type ExplainedStatement,
  explainStatements,
  statementOf,
} from './searching/explain-statement.js';
import type { HistoryPage } from './reading/history-page.js';
import { type ReadRows, readHistory, readInstanceHistory } from './reading/read-history.js';
import { type IdempotentRequest, runOnce } from './writing/idempotent-request.js';
import { type Reserve, StorageUsage } from './limits/storage-usage.js';
import { handedOut, type IncludedRows, type IncludeRequest } from './searching/include-statement.js';
import { Pages } from './searching/attempts/pages.js';
import type { AccessTo, SearchTarget } from './searching/search-groups.js';
import { isOfRecord } from './searching/selectivity.js';
import { type SearchPage, searchPage } from './searching/search-page.js';
import { countStatement, pageOf } from './searching/search-statement.js';
import { IndexColumns } from './indexing/index-columns.js';
import { storedEvents } from './outbox/outbox-event.js';
import { Outbox } from './outbox/outbox.js';
import { SqlSession } from './session/sql-session.js';
import type { ContentRow, StoredVersion, VersionRow } from './reading/stored-version.js';
import { currentStatement, versionStatement } from './reading/version-statements.js';
import { checkChanges } from './writing/checks/check-changes.js';
import { judgeRows, type JudgedRow } from './writing/checks/judge-rows.js';
import { prepareEdits } from './writing/prepare-edits.js';
import { Guesses } from './writing/guesses.js';
import { ResourceRows } from './writing/resource-row.js';
import { storedChanges, type WriteObserver } from './writing/stored-changes.js';
import { TerminologyWrites } from './writing/terminology-writes.js';
import { TransactionRecord } from './writing/transaction-record.js';
import { VersionStamps } from './writing/version-stamps.js';
import { writeAtOnce } from './writing/statements/write-at-once.js';
import { writeChanges } from './writing/write-changes.js';
import { WriteTrial } from './writing/write-trial.js';

/** The stored resources. Every method demands an {@link Access} and puts its predicate into the statement it runs. */
@Injectable()
export class ResourceRepository {
  private readonly rows: ResourceRows;
  private readonly guesses = new Guesses();
  private readonly pages = new Pages(this.guesses.consents);
  readonly terminologyWrites = new TerminologyWrites();
  /** Of this transaction, where it is in one. */
  readonly record = new TransactionRecord();
  readonly trial: WriteTrial;
  /** Set while the application starts: is told of versions in the transaction that stores them, and may fail it. */
  observer: WriteObserver<ResourceRepository> | undefined;

  constructor(
    private readonly session: SqlSession,
    private readonly columns: IndexColumns,
    private readonly definitions: SearchDefinitions,
    private readonly ready: Readiness,
    private readonly outbox: Outbox,
    readonly stamps: VersionStamps,
    private readonly usage: StorageUsage = new StorageUsage(),
  ) {
    this.rows = new ResourceRows(columns, stamps);
    this.trial = new WriteTrial((access) => this.reading([access]), { ready, definitions, indexer: this.rows.indexer });
  }

  /** The current version; a deletion that the caller could see comes back with `deleted`. */
  async find(access: Access<'r'>, id: string): Promise<StoredVersion | undefined> {
    await this.ready.toRead([access]);
    const [found] = await this.unlessDenied<ContentRow>([access], (judged) => currentStatement(judged(access), id));
    if (!found) return undefined;
    // One by one: the driver makes its rows of objects that are slow to spread.
    const { versionId, lastUpdated, deleted, body, method } = found;
    const version = { type: access.type, id, versionId, lastUpdated, deleted, body, method };
    access.trail?.disclose(version);
    return masked(access, version);
  }

  /** Returns the resource that each canonical means, in one statement; those in `known` without their content. */
  async findCanonicals(
    access: Access<'r'>,
    canonicals: readonly Canonical[],
    options?: CanonicalOptions,
  ): Promise<readonly CanonicalRow[]> {
    await this.ready.toLookAt([access]);
    return readCanonicals(this.reading([access]), access, canonicals, options);
  }

  /** Concepts of loaded code systems, for a caller who has read their CodeSystem. */
  readonly conceptsFor = (access: Access<'r'>): LoadedConcepts => new LoadedConcepts(this.reading([access]));

  /** Judged on the version asked for and on the current one. */
  async findVersion(access: Access<'r'>, id: string, versionId: string): Promise<StoredVersion | undefined> {
    if (!/^[1-9]\d{0,8}$/.test(versionId)) return undefined;
    await this.ready.toRead([access]);
    const [found] = await this.unlessDenied<VersionRow>([access], (judged) =>
      versionStatement(judged(access), id, Number(versionId)),
    );
    if (found) access.trail?.disclose(found);
    return found && masked(access, found);
  }

  /** The versions of one resource, each judged alone; none unless the current one is within reach. */
  async history(access: Access<'r'>, id: string, request: HistoryRequest): Promise<HistoryPage> {
    await this.ready.toRead([access]);
    return readInstanceHistory(this.unlessDenied, access, id, request);
  }

  /** The versions of the resources of several types, under an access for each. */
  async historyOfTypes(accesses: readonly Access<'s'>[], request: HistoryRequest): Promise<HistoryPage> {
    const [first, ...others] = accesses;
    if (!first) return { rows: [], hasNext: false, hasPrevious: false };
    await this.ready.toRead(accesses);
    return readHistory(this.unlessDenied, [first, ...others], request);
  }

  /** `accessTo`: the caller's access to the other types that the criteria look at. */
  async search(targets: readonly SearchTarget[], request: SearchRequest, accessTo: AccessTo): Promise<SearchPage> {
    const page = pageOf(targets, request, this.columns.slots);
    if (targets.length === 0) return searchPage([], request, page.order);
    const { accesses, session } = await this.prepare(targets);
    const { following, bytes } = request;
    const { rows, included } = await this.pages.found(session, { targets, page, accessTo, bytes, following });
    discloseRows(targets[0]!.access, rows.slice(0, request.count));
    const found = searchPage(shown(rows, byType(accesses)), request, page.order);
    return included ? { ...found, included: handedOut(included, following!.most, accessTo) } : found;
  }

  /** Returns the number of matches on all pages; counts no more than `most`. */
  async count(targets: readonly SearchTarget[], accessTo: AccessTo, most?: number): Promise<number> {
    if (targets.length === 0) return 0;
    const { accesses, session } = await this.prepare(targets);
    const [counted] = await this.guesses.consents.rows<{ total: number }>(session, accesses, (judged) =>
      countStatement(judgedTargets(targets, judged), (type) => judged(accessTo(type)), most),
    );
    return counted!.total;
  }

  /** Returns the plan of each statement that may be sent for a search, or for the count of its matches. */
  async explain(explained: Explained, request: SearchRequest | 'count'): Promise<readonly ExplainedStatement[]> {
    const { targets, accessTo } = explained;
    const { session } = await this.prepare(targets);
    const page = request === 'count' ? undefined : pageOf(targets, request, this.columns.slots);
    const attempts = page ? [...this.pages.attempts({ targets, page, accessTo })] : [];
    return explainStatements(session, explained, statementOf(explained, request, this.columns.slots), attempts);
  }

  private async prepare(targets: readonly SearchTarget[]) {
    const accesses = targets.map(({ access }) => access);
    await this.ready.toSearch(accesses);
    return { accesses, session: this.reading(accesses, weightOf(targets)) };
  }

  /** One level of includes; `accessTo`: the caller's access to each type that is looked at. */
  async include(request: IncludeRequest, accessTo: AccessTo): Promise<IncludedRows> {
    const accesses = [...request.lookups.keys()].map(accessTo);
    await this.ready.toLookAt(accesses);
    const found = await this.pages.included(this.reading(accesses), { ...request, accesses, accessTo });
    return handedOut(found, request.most, accessTo);
  }

  /** Keys of the rows within reach, with the current version of those whose access is limited to some rows. */
  async visible(
    rows: readonly (JudgedRow & { readonly access: Access<'r'> })[],
  ): Promise<ReadonlyMap<string, number | undefined>> {
    const accesses = rows.map(({ access }) => access);
    await this.ready.toJudge(accesses);
    return judgeRows(this.reading(accesses), rows);
  }

  /** All changes or none. Throws `ChangesFailed`, which names those that cannot be made. */
  async write(changes: readonly Change[]): Promise<readonly Written[]> {
    checkChanges(changes);
    await this.ready.toJudge(changes.map(({ access }) => access));
    if (changes.some(({ kind }) => kind === 'delete')) this.definitions.requireReferences();
    if (this.session.isTransaction) return this.writeWithin(changes);
    return (await this.writeAlone(changes)) ?? this.transaction(changes[0]!.access.askedBy, (tx) => tx.write(changes));
  }

  /** Before {@link transaction}: checks what edits lead to while no connection waits for it. */
  readonly prepareWrite = (changes: readonly Change[]) => prepareEdits(this.session, this.ready, changes);

  /** Writes a change of what a condition has matched. Only outside of {@link transaction}. Undefined: nothing is stored, it takes one. */
  async writeMatched(change: Change): Promise<Written | undefined> {
    await this.ready.toJudge([change.access]);
    return (await this.writeAlone([change]).catch(throwFirst))?.[0];
  }

  /** Undefined where it takes a transaction. */
  private async writeAlone(changes: readonly Change[]): Promise<readonly Written[] | undefined> {
    const { session, rows, definitions, usage, outbox, observer, guesses } = this;
    const alone = { session, rows, definitions, usage, guesses, told: [outbox, observer] };
    const atOnce = () => writeAtOnce(alone, changes);
    return (await this.terminologyWrites.during(() => changes, atOnce)) ?? this.prepareWrite(changes);
  }

  private async writeWithin(changes: readonly Change[]): Promise<readonly Written[]> {
    const written = await writeChanges(this.session, this.rows, changes, this.definitions);
    this.record.note(changes, written);
    if (await this.outbox.append(this.session, storedEvents(written))) this.record.hasEvents = true;
    await this.observer?.stored(this, await storedChanges(this.session, changes, written, this.observer));
    return written;
  }

  /** Writes a change that stands alone; throws the error of the change itself. */
  async writeOne(change: Change): Promise<Written> {
    return (await this.write([change]).catch(throwFirst))[0]!;
  }

  /**
   * Returns the matches of each condition, in order. Inside {@link transaction}, before it reads or writes resources, equal
   * conditions wait for each other until its end; outside, they are what they are at this moment (docs/adr/0093).
   */
  async resolve(
    questions: readonly ConditionQuestion[],
    accessTo: AccessTo,
  ): Promise<readonly (readonly StoredVersion[])[]> {
    if (questions.length === 0) return [];
    await this.ready.toLookAt(questions.map(({ access }) => access));
    return matchesOf(this.session.for(questions[0]!.access.askedBy), questions, accessTo, this.guesses.consents);
  }

  /** Runs `work` unless it was run for the same request: then what it returned then, as JSON has it. First in {@link transaction}. */
  once<T extends object>(sent: IdempotentRequest | undefined, reach: () => string, work: () => Promise<T>): Promise<T> {
    return sent ? runOnce(this.session, sent, reach, work) : work();
  }

  /** Runs `work` in one READ COMMITTED transaction, again from its start after a lost race; inside, use only `tx`. */
  async transaction<T>(caller: RequestCaller, work: (tx: ResourceRepository) => Promise<T>): Promise<T> {
    if (this.session.isTransaction) return work(this);
    let record = new TransactionRecord();
    const attempt = async (session: SqlSession, reserve: Reserve): Promise<T> => {
      const tx = this.on(session);
      record = tx.record;
      const done = await work(tx);
      await record.close(session, reserve);
      return done;
    };
    // Search parameters may change at any time: then everything is indexed and written again.
    const run = () =>
      this.usage.during((reserve) => this.session.for(caller).transaction((session) => attempt(session, reserve)));
    const whileCurrent = () => this.definitions.whileCurrent(run);
    const result = await this.terminologyWrites.during(() => record.used, whileCurrent);
    record.audited.committed();
    if (record.hasEvents) this.outbox.wake();
    return result;
  }

  /** Only inside {@link transaction}: writes rows that are no resources with it, all or nothing. */
  readonly beside = <T>(work: (session: SqlSession) => Promise<T>): Promise<T> => work(this.session);

  /** True within {@link transaction}: versions read there may never be committed. */
  get isTransaction(): boolean {
    return this.session.isTransaction;
  }

  /** Repository of the same resources by another session; AuditEvents as they are by then. */
  on(session: SqlSession): ResourceRepository {
    const { columns, definitions, ready, outbox, stamps, usage, observer, terminologyWrites } = this;
    const made = new ResourceRepository(session, columns, definitions, ready.withinTransaction, outbox, stamps, usage);
    return Object.assign(made, { observer, terminologyWrites });
  }

  /** For reads under accesses of one request. */
  private reading(accesses: readonly Access[], weight = 1): SqlSession {
    const [first] = accesses;
    return first ? this.session.reading(callerFor(first, weight), accesses.every(isOfRecord)) : this.session;
  }

  private readonly unlessDenied: ReadRows = (accesses, compile) =>
    this.guesses.consents.rows(this.reading(accesses), accesses, compile);
}
