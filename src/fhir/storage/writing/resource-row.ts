import { equalDocuments } from '../../../r4/json/equal-json.js';
import { type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { atOnce } from '../../../r4/json/read-json.js';
import { stampVersion } from '../../../r4/model/version-meta.js';
import type { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import type { Update, Written } from './change.js';
import type { IndexColumns, IndexedBy } from '../indexing/index-columns.js';
import { rowJson } from '../indexing/row-json.js';
import type { StoredVersion } from '../reading/stored-version.js';
import type { PlannedContent } from './next-version.js';
import { type UnnumberedRow, unnumberedRow } from './unnumbered-row.js';
import type { VersionStamps } from './version-stamps.js';

/** A new live version, as it is handed out and as the insert takes it. */
export interface ResourceRow {
  readonly written: Written;
  /**
   * All columns but the tenant, by name; undefined when the content is that of the current version. Bytes are a list of one,
   * without the body.
   */
  readonly json: string | Buffer | undefined;
  /** Makes the body once more; undefined where it is not of this write. */
  readonly bodyAgain?: () => string;
}

/** Throws what keeps a version from being stored, unless it is already. */
type Tell = (written: Written, isStored: boolean) => void;

const methods = { create: 'POST', update: 'PUT', edit: 'PATCH' } as const;

/** Makes the rows of new versions: stamped, written as text, indexed. */
export class ResourceRows {
  constructor(
    private readonly columns: IndexColumns,
    readonly stamps: VersionStamps,
    private readonly tell?: Tell,
  ) {}

  /** Rows that are told to `tell` before they are stored; it may throw. */
  telling(tell: Tell): ResourceRows {
    return new ResourceRows(this.columns, this.stamps, tell);
  }

  get indexer(): ResourceIndexer {
    return this.columns.indexer;
  }

  get indexedBy(): IndexedBy {
    return this.columns.indexedBy;
  }

  /** A promise only where the row is large. */
  build(plan: PlannedContent): ResourceRow | Promise<ResourceRow> {
    const made = this.make(plan);
    if (!this.tell) return made;
    return made instanceof Promise ? made.then((row) => this.toldRow(row)) : this.toldRow(made);
  }

  /** The row of an update whose number only the database knows; undefined where that is not possible. */
  unnumbered(change: Update): UnnumberedRow | undefined {
    return unnumberedRow(this.columns, change, this.stamps.now());
  }

  /** Tells a version that is about to be stored, or has been. */
  told(written: Written, isStored = false): void {
    this.tell?.(written, isStored);
  }

  private toldRow(row: ResourceRow): ResourceRow {
    this.told(row.written);
    return row;
  }

  private make(plan: PlannedContent): ResourceRow | Promise<ResourceRow> {
    const { change, next } = plan;
    const { kind, type, id, resource, remarks = [] } = change;
    const { versionId, lastUpdated, created, previous } = next;
    // An edit saw the labels of the version before; an update that says nothing of them keeps them.
    const keepsLabels = kind !== 'edit' && previous?.body;
    const stamp = { id, ...(keepsLabels && { previousBody: previous.body }) };
    const stamped = stampVersion(resource, { ...stamp, versionId, lastUpdated });
    const body = writeJson(stamped);
    const same = perhapsSame(plan, body);
    if (same) {
      const { versionId: kept, lastUpdated: since } = same;
      const unchanged = stampVersion(resource, { ...stamp, versionId: kept, lastUpdated: since });
      if (equalDocuments(unchanged, parseJson(same.body))) {
        return { written: unchangedVersion(same, remarks), json: undefined };
      }
    }
    const written = { type, id, versionId, lastUpdated, deleted: false, body, method: methods[kind], created, remarks };
    const bodyAgain = textOf(stamped);
    if (body.length <= atOnce) {
      return { written, json: rowJson(columnsOf(written), this.columns.of(type, stamped)), bodyAgain };
    }
    const { body: _beside, ...row } = columnsOf(written);
    return this.columns.rowOfLarge(type, body, row).then((json) => ({ written, json, bodyAgain }));
  }
}

/** A function of its own, whose closure holds nothing but the content. */
const textOf = (stamped: JsonObject) => (): string => writeJson(stamped);

/** All columns but the index and the tenant, by name. */
const columnsOf = ({ type, id, versionId, lastUpdated, body, method }: Written) => ({
  type,
  id,
  version: versionId,
  updated: lastUpdated,
  deleted: false,
  method,
  body,
});

/**
 * The version before, if the documents can be the same but for the version: a look at the lengths saves most comparisons. That
 * nothing changed would tell what is stored.
 */
function perhapsSame({ change, next, tells }: PlannedContent, body: string): StoredVersion | undefined {
  const { previous, previousContent, versionId } = next;
  if (!tells || !previous || previous.deleted) return undefined;
  if (change.external?.contentId !== previousContent?.contentId) return undefined;
  const isAsLong = body.length - String(versionId).length === previous.body.length - String(previous.versionId).length;
  return isAsLong ? previous : undefined;
}

/** The answer where a version stays. */
export function unchangedVersion(previous: StoredVersion, remarks: Written['remarks']): Written {
  const { type, id, versionId, lastUpdated, deleted, body, method } = previous;
  const nothingChanged = {
    severity: 'information',
    code: 'informational',
    diagnostics: `The content is that of version ${versionId} of ${type}/${id}, which stays the current one.`,
  } as const;
  const version = { type, id, versionId, lastUpdated, deleted, body, method };
  return { ...version, unchanged: true, created: false, remarks: [...remarks, nothingChanged] };
}
