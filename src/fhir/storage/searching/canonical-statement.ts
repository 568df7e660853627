import type { Access } from '../../../scope/access.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { type Canonical } from '../../../r4/terminology/canonical.js';
import { storedHashes } from '../indexing/stored-hashes.js';
import { tenant } from '../session/tenant-parameter.js';
import { loadedPackage } from '../packages/loaded-package.js';
import { tableOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import { joinForeseen, type ReadBefore, readBefore, worthReading } from '../concepts/foreseen-concepts.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';

/** The resource that a canonical means. */
export interface CanonicalRow {
  /** Its place among the canonicals. */
  readonly number: number;
  readonly id: string;
  readonly versionId: number;
  /** Empty where the caller did not ask for it. */
  readonly body: string;
  /** Concepts that were foreseen. */
  readonly told: ReadBefore | undefined;
}

/** Rows of {@link canonicalStatement}: as many for one canonical as it has concepts that were foreseen, and one at least. */
type CanonicalHit = Omit<CanonicalRow, 'told'> & Record<string, unknown>;

export interface CanonicalOptions {
  /** `id/versionId` of what need not be sent again; `all`: no content is asked for. */
  readonly known: readonly string[] | 'all';
  /** Codes of the CodeSystems. */
  readonly foreseen?: Foreseen | undefined;
}

/**
 * Finds what each canonical means among the rows that the caller may read: of several with its url that of a loaded code system, or of an
 * installed package, the newest version first, then the active one, then what was stored last. A version such as `1` takes any 1.x of packages.
 */
export function canonicalStatement(
  access: Access<'r'>,
  canonicals: readonly Canonical[],
  { known, foreseen }: CanonicalOptions,
): Statement {
  const parameters = new BindParameters();
  const asked = canonicals.length <= fewCanonicals ? listed(canonicals, parameters) : unnested(canonicals, parameters);
  const active = ['status', 'active', 'http://hl7.org/fhir/publication-status'].join(unitSeparator);
  const conditions = [
    `r.tenant = ${tenant}`,
    `r.type = ${parameters.add(access.type, 'text')}`,
    'NOT r.deleted',
    'r.tok && ARRAY[asked.hash] AND asked.entry = ANY (r.val)',
    `(asked.version = '' OR asked.version = ANY (r.val) OR starts_with(d.version, asked.plain || '.'))`,
    accessPredicate(access, 'r', parameters),
  ];
  const name = `r.id || '/' || r.version`;
  const body =
    known === 'all' ? `''` : `CASE WHEN ${name} = ANY (${parameters.add(known, 'text[]')}) THEN '' ELSE r.body END`;
  const isActive = `${parameters.add(active, 'text')} = ANY (r.val)`;
  const concepts = foreseen ? joinForeseen(foreseen, parameters) : { columns: '', join: '' };
  const text =
    `SELECT asked.number::integer, hit.*${concepts.columns} FROM ${asked} AS asked (hash, entry, version, plain, number) ` +
    `CROSS JOIN LATERAL (SELECT r.id, r.version AS "versionId", ${body} AS body FROM ${tableOf(access.type)} AS r ` +
    `LEFT JOIN package_definition AS d ON d.tenant = r.tenant AND d.type = r.type AND d.id = r.id ` +
    `WHERE ${conditions.join(' AND ')} ORDER BY d.id IS NULL, d.package = '${loadedPackage}' DESC, asked.plain <> '' AND d.version = asked.plain DESC, ` +
    `d.version_order DESC NULLS LAST, ${isActive} DESC, r.updated DESC, r.id LIMIT 1) AS hit${concepts.join}`;
  return { isPrepared: canonicals.length <= fewCanonicals, text, values: parameters.values };
}

/**
 * Up to so many canonicals each have parameters of their own. PostgreSQL then knows how many they are before it knows their values, and
 * keeps one plan, which takes a fifth of the time; of an array it expects ten.
 */
const fewCanonicals = 3;

function listed(canonicals: readonly Canonical[], parameters: BindParameters): string {
  const rows = canonicals.map((canonical, i) => {
    const { hash, entry, version, plain } = askedOf(canonical);
    const texts = [entry, version, plain].map((text) => parameters.add(text, 'text'));
    return `(${[parameters.add(hash, 'bigint'), ...texts, i + 1].join(', ')})`;
  });
  return `(VALUES ${rows.join(', ')})`;
}

function unnested(canonicals: readonly Canonical[], parameters: BindParameters): string {
  const asked = canonicals.map(askedOf);
  const columns = [
    parameters.add(
      asked.map(({ hash }) => hash),
      'bigint[]',
    ),
    ...(['entry', 'version', 'plain'] as const).map((name) =>
      parameters.add(
        asked.map((one) => one[name]),
        'text[]',
      ),
    ),
  ];
  return `unnest(${columns.join(', ')}) WITH ORDINALITY`;
}

function askedOf({ url, version = '' }: Canonical) {
  const entry = `url${unitSeparator}${url}`;
  return {
    hash: storedHashes([entry])[0]!,
    entry,
    version: version === '' ? '' : ['version', version, ''].join(unitSeparator),
    plain: version,
  };
}

/** One row for each canonical that leads to something. */
export async function readCanonicals(
  session: SqlSession,
  access: Access<'r'>,
  canonicals: readonly Canonical[],
  { known, foreseen }: CanonicalOptions = { known: [] },
): Promise<readonly CanonicalRow[]> {
  const asked = access.type === 'CodeSystem' ? worthReading(foreseen) : undefined;
  const hits = await session.rows<CanonicalHit>(canonicalStatement(access, canonicals, { known, foreseen: asked }));
  const numbers = new Set(hits.map(({ number }) => number));
  return [...numbers].map((number) => {
    const own = hits.filter((hit) => hit.number === number);
    return { ...own[0]!, told: asked && readBefore(asked, own) };
  });
}
