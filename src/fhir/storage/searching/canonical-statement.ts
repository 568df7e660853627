import type { Access } from '../../../scope/access.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { type Canonical } from '../../../r4/terminology/canonical.js';
import { hashToken } from '../../../r4/search/index/token-hash.js';
import { tenant } from '../session/tenant-parameter.js';
import { loadedPackage } from '../packages/loaded-package.js';
import { tableOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import { BindParameters, type Statement } from '../session/statement.js';

/** The resource that a canonical means. */
export interface CanonicalRow extends Record<string, unknown> {
  /** Its place among the canonicals. */
  readonly number: number;
  readonly id: string;
  readonly versionId: number;
  /** Empty where the caller said that it knows this version. */
  readonly body: string;
}

/**
 * Finds what each canonical means among the rows that the caller may read: of several with its url that of a loaded code system, or of an
 * installed package, the newest version first, then the active one, then what was stored last. A version such as `1` takes any 1.x of packages. `known`:
 * `id/versionId` of what need not be sent again.
 */
export function canonicalStatement(
  access: Access<'r'>,
  canonicals: readonly Canonical[],
  known: readonly string[],
): Statement {
  const parameters = new BindParameters();
  const entries = canonicals.map(({ url }) => `url${unitSeparator}${url}`);
  const versions = canonicals.map(({ version }) =>
    version === undefined ? '' : ['version', version, ''].join(unitSeparator),
  );
  const asked = [
    parameters.add(entries.map(hashToken), 'bigint[]'),
    parameters.add(entries, 'text[]'),
    parameters.add(versions, 'text[]'),
    parameters.add(
      canonicals.map(({ version = '' }) => version),
      'text[]',
    ),
  ].join(', ');
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
  const body = `CASE WHEN ${name} = ANY (${parameters.add(known, 'text[]')}) THEN '' ELSE r.body END AS body`;
  const isActive = `${parameters.add(active, 'text')} = ANY (r.val)`;
  const text =
    `SELECT asked.number::integer, hit.* FROM unnest(${asked}) WITH ORDINALITY AS asked (hash, entry, version, plain, number) ` +
    `CROSS JOIN LATERAL (SELECT r.id, r.version AS "versionId", ${body} FROM ${tableOf(access.type)} AS r ` +
    `LEFT JOIN package_definition AS d ON d.tenant = r.tenant AND d.type = r.type AND d.id = r.id ` +
    `WHERE ${conditions.join(' AND ')} ORDER BY d.id IS NULL, d.package = '${loadedPackage}' DESC, asked.plain <> '' AND d.version = asked.plain DESC, ` +
    `d.version_order DESC NULLS LAST, ${isActive} DESC, r.updated DESC, r.id LIMIT 1) AS hit`;
  return { text, values: parameters.values };
}
