import { binaryEntryStart, securityContextParameter } from '../../../r4/search/index/index-binaries.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import { historyTableOf, tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { groupByType, keyOf, type ResourceKey } from '../writing/resource-key.js';

/** A resource that goes with all its versions. */
export interface ErasedResource extends ResourceKey {
  readonly deleted: boolean;
}

/** Rows that an erasure removes, and rows that stay although they belong to the record (docs/adr/0088). */
export interface ErasurePlan {
  readonly resources: readonly ErasedResource[];
  /** Superseded versions of resources that are in another record by now. */
  readonly superseded: readonly (ResourceKey & { readonly versionId: number })[];
  /** `Type/id` of what belongs to the record and to another one or to other resources as well: it is left. */
  readonly shared: readonly string[];
}

/** The plan is larger than the caller allows. */
export class ErasureTooLarge extends Error {
  override readonly name = 'ErasureTooLarge';
}

type KeyRow = ErasedResource & Readonly<Record<string, unknown>>;

const entryOf = (parameter: string, reference: string): string => `${parameter}${unitSeparator}${reference}`;

/** Plans the erasure of a resource; of a patient, with the whole record. `most`: resources that may go. Throws {@link ErasureTooLarge}. */
export async function planErasure(session: SqlSession, root: ResourceKey, most: number): Promise<ErasurePlan> {
  const plan = new Planning(session, most);
  await plan.addRoot(root);
  if (root.type === 'Patient') await plan.addRecord(keyOf(root));
  await plan.addBinaries();
  await plan.addProvenances();
  return plan.end();
}

class Planning {
  private readonly resources = new Map<string, ErasedResource>();
  private readonly shared = new Set<string>();
  private superseded: ErasurePlan['superseded'] = [];

  constructor(
    private readonly session: SqlSession,
    private readonly most: number,
  ) {}

  async addRoot({ type, id }: ResourceKey): Promise<void> {
    this.add(
      await this.session.rows<KeyRow>({
        text: `SELECT type, id, deleted FROM ${tableOf(type)} WHERE tenant = ${tenant} AND type = $1::text AND id = $2::text`,
        values: [type, id],
      }),
    );
  }

  /** The compartment, as the rows and their old versions say. */
  async addRecord(patient: string): Promise<void> {
    const rows = await this.session.rows<KeyRow & { shared: boolean }>({
      text:
        `SELECT type, id, deleted, cardinality(compartments) > 1 AS shared FROM resource ` +
        `WHERE tenant = ${tenant} AND type <> 'AuditEvent' AND compartments @> ARRAY[$1::text] ORDER BY type, id LIMIT ${this.most + 1}`,
      values: [patient],
    });
    for (const row of rows) if (row.shared && keyOf(row) !== patient) this.shared.add(keyOf(row));
    this.add(rows.filter((row) => !row.shared));
    this.superseded = await this.session.rows<ErasurePlan['superseded'][number] & Record<string, unknown>>({
      text:
        `SELECT h.type, h.id, h.version AS "versionId" FROM resource_history AS h ` +
        `WHERE h.tenant = ${tenant} AND h.type <> 'AuditEvent' AND h.compartments @> ARRAY[$1::text] AND cardinality(h.compartments) = 1 ` +
        `AND NOT EXISTS (SELECT FROM resource AS r WHERE r.tenant = ${tenant} AND r.type = h.type AND r.id = h.id ` +
        `AND r.compartments @> ARRAY[$1::text]) LIMIT ${this.most + 1}`,
      values: [patient],
    });
    this.requireFew(this.superseded.length);
  }

  /** Binaries that say that they are of what goes, and those that nothing else points at. */
  async addBinaries(): Promise<void> {
    const keys = [...this.resources.keys()];
    if (keys.length === 0) return;
    const contexts = keys.map((key) => entryOf(securityContextParameter, key));
    const own = await this.session.rows<KeyRow>({
      text:
        `SELECT type, id, deleted FROM ${tableOf('Binary')} WHERE tenant = ${tenant} AND type = 'Binary' ` +
        `AND tok && $1::bigint[] AND val && $2::text[]`,
      values: [storedHashes(contexts), contexts],
    });
    this.add(own);
    const pointed = (await this.entriesOf(binaryEntryStart))
      .map((entry) => entry.slice(binaryEntryStart.length))
      .filter((id) => !this.resources.has(`Binary/${id}`));
    if (pointed.length === 0) return;
    const rows = await this.session.rows<KeyRow & { context: string | null }>({
      text:
        `SELECT type, id, deleted, (SELECT entry FROM unnest(val) AS entry WHERE starts_with(entry, $2::text) LIMIT 1) AS context ` +
        `FROM ${tableOf('Binary')} WHERE tenant = ${tenant} AND type = 'Binary' AND id = ANY ($1::text[])`,
      values: [pointed, entryOf(securityContextParameter, '')],
    });
    const elsewhere = await this.pointedElsewhere(rows.map(({ id }) => id));
    const isKept = ({ id, context }: (typeof rows)[number]): boolean => context !== null || elsewhere.has(id);
    for (const row of rows) if (isKept(row)) this.shared.add(keyOf(row));
    this.add(rows.filter((row) => !isKept(row)));
  }

  /** Picks the Binaries that a live resource points at which stays. */
  private async pointedElsewhere(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const entries = ids.map((id) => `${binaryEntryStart}${id}`);
    const rows = await this.session.rows<ResourceKey & { entries: string[] }>({
      text:
        `SELECT type, id, ARRAY(SELECT unnest(val) INTERSECT SELECT unnest($2::text[])) AS entries FROM resource ` +
        `WHERE tenant = ${tenant} AND NOT deleted AND tok && $1::bigint[] AND val && $2::text[]`,
      values: [storedHashes(entries), entries],
    });
    const others = rows.filter((row) => !this.resources.has(keyOf(row)));
    return new Set(others.flatMap((row) => row.entries.map((entry) => entry.slice(binaryEntryStart.length))));
  }

  /** Provenances of nothing but what goes. */
  async addProvenances(): Promise<void> {
    const start = entryOf('target', '');
    const entries = [...this.resources.keys()].map((key) => `${start}${key}`);
    if (entries.length === 0) return;
    const rows = await this.session.rows<KeyRow & { targets: string[] }>({
      text:
        `SELECT type, id, deleted, ARRAY(SELECT substr(entry, char_length($3::text) + 1) FROM unnest(val) AS entry ` +
        `WHERE starts_with(entry, $3::text)) AS targets FROM ${tableOf('Provenance')} ` +
        `WHERE tenant = ${tenant} AND type = 'Provenance' AND tok && $1::bigint[] AND val && $2::text[]`,
      values: [storedHashes(entries), entries, start],
    });
    const isWhole = ({ targets }: (typeof rows)[number]): boolean =>
      targets.every((target) => this.resources.has(target));
    for (const row of rows) if (!isWhole(row) && !this.resources.has(keyOf(row))) this.shared.add(keyOf(row));
    this.add(rows.filter(isWhole));
  }

  end(): ErasurePlan {
    const shared = [...this.shared].filter((key) => !this.resources.has(key));
    return { resources: [...this.resources.values()], superseded: this.superseded, shared: shared.toSorted() };
  }

  /** Index entries with a start, of all versions of what goes. */
  private async entriesOf(start: string): Promise<readonly string[]> {
    const parameters = new BindParameters();
    const begin = parameters.add(start, 'text');
    const queries = [...groupByType([...this.resources.values()])].flatMap(([type, ofType]) => {
      const name = parameters.add(type, 'text');
      const ids = parameters.add(
        ofType.map(({ id }) => id),
        'text[]',
      );
      return [tableOf(type), historyTableOf(type)].map(
        (table) =>
          `SELECT entry FROM ${table} AS r CROSS JOIN unnest(r.val) AS entry WHERE r.tenant = ${tenant} ` +
          `AND r.type = ${name} AND r.id = ANY (${ids}) AND starts_with(entry, ${begin})`,
      );
    });
    const rows = await this.session.rows<{ entry: string }>({
      text: queries.join(' UNION '),
      values: parameters.values,
    });
    return rows.map(({ entry }) => entry);
  }

  private add(rows: readonly ErasedResource[]): void {
    for (const { type, id, deleted } of rows) this.resources.set(`${type}/${id}`, { type, id, deleted });
    this.requireFew(this.resources.size);
  }

  private requireFew(count: number): void {
    if (count > this.most) throw new ErasureTooLarge();
  }
}

/** Live resources that stay and refer to what goes. `codes`: of reference parameters that may name a type. */
export async function referrersOf(
  session: SqlSession,
  { resources }: ErasurePlan,
  codes: (type: string) => readonly string[],
  most: number,
): Promise<readonly string[]> {
  const gone = new Set(resources.map(keyOf));
  const found = new Set<string>();
  for (let first = 0; first < resources.length && found.size < most; first += keysAtOnce) {
    const some = resources.slice(first, first + keysAtOnce);
    const entries = some.flatMap((one) => codes(one.type).map((code) => entryOf(code, keyOf(one))));
    if (entries.length === 0) continue;
    const rows = await session.rows<KeyRow>({
      text:
        `SELECT type, id, deleted FROM resource WHERE tenant = ${tenant} AND type <> 'AuditEvent' AND NOT deleted ` +
        `AND tok && $1::bigint[] AND val && $2::text[] LIMIT ${most + resources.length}`,
      values: [storedHashes(entries), entries],
    });
    for (const row of rows) if (!gone.has(keyOf(row))) found.add(keyOf(row));
  }
  return [...found].toSorted().slice(0, most);
}

/** Keys whose referrers one statement looks for. */
const keysAtOnce = 100;
