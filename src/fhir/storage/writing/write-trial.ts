import type { Access } from '../../../scope/access.js';
import type { JsonObject } from '../../../r4/json/json.js';
import type { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { Readiness } from '../accesses.js';
import { someConsentDenies } from '../consent/store-consents.js';
import type { SearchDefinitions } from '../indexing/search-definitions.js';
import type { ContentRow } from '../reading/stored-version.js';
import { currentStatement } from '../reading/version-statements.js';
import type { SqlSession } from '../session/sql-session.js';
import { throwFirst } from './change.js';
import { checkReferences, checkReferrers } from './checks/check-references.js';
import { refuseMasked } from './checks/refuse-masked.js';

interface TrialParts {
  readonly ready: Readiness;
  readonly definitions: SearchDefinitions;
  readonly indexer: ResourceIndexer;
}

/** Content whose write is tried. */
export interface TriedContent {
  readonly access: Access<'c'> | Access<'u'>;
  readonly id: string;
  readonly resource: JsonObject;
}

/** What storage would say of a write, without writing and without a lock. */
export class WriteTrial {
  constructor(
    private readonly sessionFor: (access: Access) => SqlSession,
    private readonly parts: TrialParts,
  ) {}

  /** True if a PUT may store content at the id: its resource is within reach, or it may be created. Throws Refused. */
  async mayPut(access: Access<'u'>, id: string): Promise<boolean> {
    const found = await this.current(access, id);
    if (found) {
      const refused = refuseMasked(access, { type: access.type, id, body: found.body }, false);
      if (refused) throw refused;
      return true;
    }
    return access.makesOwnIds ?? !(await someConsentDenies(this.sessionFor(access)));
  }

  /** True if a DELETE would succeed; `live` if it would delete something. Throws StillReferenced. */
  async mayDelete(access: Access<'d'>, id: string): Promise<'live' | boolean> {
    const found = await this.current(access, id);
    if (!found) return access.deletesAbsent ?? !(await someConsentDenies(this.sessionFor(access)));
    if (found.deleted) return true;
    this.parts.definitions.requireReferences();
    if (this.parts.indexer.readsReferences) {
      const change = { kind: 'delete', access, type: access.type, id } as const;
      await checkReferrers(this.sessionFor(access), [{ index: 0, change }]).catch(throwFirst);
    }
    return 'live';
  }

  /** Setting REFERENTIAL_INTEGRITY: throws ReferencesNotFound. The resource may name itself, in any version. */
  async checkReferences({ access, id, resource }: TriedContent): Promise<void> {
    const { ready, indexer } = this.parts;
    if (!indexer.readsReferences) return;
    await ready.toJudge([access]);
    const content = {
      index: 0,
      change: { access, type: access.type, id, resource },
      versionId: Number.MAX_SAFE_INTEGER,
    };
    await checkReferences(this.sessionFor(access), indexer, [content], '').catch(throwFirst);
  }

  private async current(access: Access<'u'> | Access<'d'>, id: string): Promise<ContentRow | undefined> {
    await this.parts.ready.toJudge([access]);
    const [found] = await this.sessionFor(access).rows<ContentRow>(currentStatement(access, id));
    return found;
  }
}
