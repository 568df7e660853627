import { Injectable } from '@nestjs/common';
import type { Access } from '../../scope/access.js';
import { ResourceIndexer } from '../search/resource-indexer.js';
import type { SearchRequest } from '../search/search-request.js';
import { type Change, ChangesFailed, type Written } from './change.js';
import { searchStatement } from './search-statement.js';
import { SortSlots } from './sort-slots.js';
import { SqlSession } from './sql-session.js';
import type { StoredVersion } from './stored-version.js';
import { currentStatement, type HistoryPage, historyStatement, versionStatement } from './version-statements.js';
import { checkChanges } from './write/check-changes.js';
import { ResourceRows } from './write/resource-row.js';
import { writeChanges } from './write/write-changes.js';

/** A page of a search, in the order of ids. */
export interface SearchPage {
  readonly rows: readonly StoredVersion[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** The stored resources. Every method demands an {@link Access} and puts its predicate into the statement it runs. */
@Injectable()
export class ResourceRepository {
  private readonly rows: ResourceRows;

  constructor(
    private readonly session: SqlSession,
    private readonly indexer: ResourceIndexer,
    private readonly slots: SortSlots,
  ) {
    this.rows = new ResourceRows(indexer, slots);
  }

  /** The current version; a deletion that the caller could see comes back with `deleted`. */
  async find(access: Access<'r'>, id: string): Promise<StoredVersion | undefined> {
    const [found] = await this.session.rows<Content>(currentStatement(access, id));
    if (!found) return undefined;
    // One by one: the driver makes its rows of objects that are slow to spread.
    const { versionId, lastUpdated, deleted, body, method } = found;
    return { type: access.type, id, versionId, lastUpdated, deleted, body, method };
  }

  /** Judged on the version asked for and on the current one. */
  async findVersion(access: Access<'r'>, id: string, versionId: string): Promise<StoredVersion | undefined> {
    if (!/^[1-9]\d{0,8}$/.test(versionId)) return undefined;
    return (await this.session.rows<Row>(versionStatement(access, id, Number(versionId))))[0];
  }

  /** Newest first, each version judged alone; empty unless the current one is within reach. */
  async history(access: Access<'r'>, id: string, page: HistoryPage): Promise<readonly StoredVersion[]> {
    const rows = await this.session.rows<Row>(historyStatement(access, id, page));
    return page.afterVersion === undefined ? rows : rows.toReversed();
  }

  async search(access: Access<'s'>, request: SearchRequest): Promise<SearchPage> {
    const found = await this.session.rows<Row>(searchStatement(access, request));
    const rows = found.slice(0, request.count);
    const hasMore = found.length > request.count;
    if (request.before === undefined) return { rows, hasNext: hasMore, hasPrevious: request.after !== undefined };
    return { rows: rows.toReversed(), hasNext: true, hasPrevious: hasMore };
  }

  /** All changes or none. Throws `ChangesFailed`, which names those that cannot be made. */
  async write(changes: readonly Change[]): Promise<readonly Written[]> {
    checkChanges(changes);
    // One statement is a transaction of its own.
    if (changes.length === 1 && isFreeCreate(changes[0]!)) return writeChanges(this.session, this.rows, changes);
    return this.session.transaction((session) => writeChanges(session, this.rows, changes));
  }

  /** The same for a change that stands alone: throws the error of the change itself. */
  async writeOne(change: Change): Promise<Written> {
    try {
      return (await this.write([change]))[0]!;
    } catch (error) {
      throw error instanceof ChangesFailed ? error.failures[0].error : error;
    }
  }

  /** Runs `work` in one READ COMMITTED transaction, again from its start after a lost race; inside, use only `tx`. */
  transaction<T>(work: (tx: ResourceRepository) => Promise<T>): Promise<T> {
    return this.session.transaction((session) => work(new ResourceRepository(session, this.indexer, this.slots)));
  }
}

const isFreeCreate = ({ kind, access }: Change): boolean => kind === 'create' && access.unrestricted;

type Row = StoredVersion & Record<string, unknown>;
type Content = Omit<StoredVersion, 'type' | 'id'> & Record<string, unknown>;
