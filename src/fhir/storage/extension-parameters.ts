import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { indexLayoutOf } from '../search/index-layout.js';
import { localReferenceParameter } from '../search/index-references.js';
import { typesOf } from '../search/parameter-types.js';
import { SearchOffer } from '../search/search-offer.js';
import type { SearchParameter } from '../search/search-parameter.js';
import { SearchDefinitions } from './custom/search-definitions.js';
import { reindexType } from './reindex-type.js';
import { IndexColumns } from './index-columns.js';
import { SqlSession } from './sql-session.js';

/** Any number that nothing else locks. */
const indexingLock = 7_261_933_006;

/**
 * Indexes rows that were stored before an extension registered a search parameter, or before it changed it, while the
 * server starts: a search that is offered finds all. The references that REFERENTIAL_INTEGRITY looks for count as one
 * more, and so does a change of TIME_ZONE. Servers that share a database must bring the same extensions; what one without them writes is indexed when the
 * parameter is registered anew.
 */
@Injectable()
export class ExtensionParameters implements OnApplicationBootstrap {
  private readonly logger = new Logger(ExtensionParameters.name);

  readonly session: SqlSession;

  constructor(
    session: SqlSession,
    private readonly offer: SearchOffer,
    readonly columns: IndexColumns,
    readonly definitions: SearchDefinitions,
  ) {
    this.session = session.unlimited;
  }

  async onApplicationBootstrap(): Promise<void> {
    const added = this.added();
    const wanted = new Map(added.map((parameter) => [parameter.url, definitionOf(parameter)]));
    if (isSame(await indexed(this.session), wanted)) return;
    // Only the lock belongs to this transaction: each batch is one of its own, so that other servers can write.
    await this.session.transaction(async (lock) => {
      await lock.rows({ text: 'SELECT pg_advisory_xact_lock($1::bigint)', values: [indexingLock] });
      const known = await indexed(lock);
      await this.reindex(added.filter(({ url }) => known.get(url) !== wanted.get(url)));
      await remember(lock, wanted);
    });
  }

  private added(): readonly SearchParameter[] {
    return [
      indexLayoutOf(this.columns.indexer.settings.timeZone),
      ...this.offer.added,
      ...(this.columns.indexer.readsReferences ? [localReferenceParameter] : []),
    ];
  }

  private async reindex(changed: readonly SearchParameter[]): Promise<void> {
    if (changed.length === 0 || !(await hasRows(this.session))) return;
    this.logger.log(`Indexing stored resources by ${changed.map(({ code }) => code).join(', ')} ...`);
    for (const type of new Set(changed.flatMap(typesOf))) await reindexType(this, type);
  }
}

async function hasRows(session: SqlSession): Promise<boolean> {
  return (await session.rows({ text: 'SELECT FROM resource LIMIT 1', values: [] })).length > 0;
}

/** Everything that the index depends on. */
const definitionOf = ({ code, type, base, expression, target }: SearchParameter): string =>
  createHash('sha256')
    .update(JSON.stringify([code, type, base, expression, target]))
    .digest('hex');

async function indexed(session: SqlSession): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows<{ url: string; definition: string }>({
    text: 'SELECT url, definition FROM extension_parameter',
    values: [],
  });
  return new Map(rows.map(({ url, definition }) => [url, definition]));
}

/** Those that are no longer registered are forgotten: rows written without them would be missing later. */
async function remember(session: SqlSession, wanted: ReadonlyMap<string, string>): Promise<void> {
  await session.count({ text: 'DELETE FROM extension_parameter', values: [] });
  await session.count({
    text: 'INSERT INTO extension_parameter (url, definition) SELECT * FROM unnest($1::text[], $2::text[])',
    values: [[...wanted.keys()], [...wanted.values()]],
  });
}

const isSame = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([url, definition]) => b.get(url) === definition);
