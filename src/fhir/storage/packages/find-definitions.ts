import type { FoundDefinition } from '../../../r4/model/definition-source.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { parseCanonical } from '../../../r4/terminology/canonical.js';
import { tableOf } from '../partitions.js';
import type { SqlSession } from '../session/sql-session.js';
import { loadedPackage } from './loaded-package.js';
import { tenant } from '../session/tenant-parameter.js';

/** A definition with the length of its text, by which a cache weighs it. */
export interface ReadDefinition {
  readonly definition: FoundDefinition;
  readonly length: number;
}

interface Row extends Record<string, unknown> {
  readonly number: number;
  readonly url: string;
  readonly version: string;
  readonly origin: string;
  readonly body: string;
}

/**
 * The definition of packages that each canonical leads to, in the order of the canonicals: of several the version that was
 * named, then the newest. `url|1` means any 1.x (https://hl7.org/fhir/R4/references.html#canonical).
 */
export async function findDefinitions(
  session: SqlSession,
  type: string,
  canonicals: readonly string[],
): Promise<readonly (ReadDefinition | undefined)[]> {
  const asked = canonicals.map(parseCanonical);
  const rows = await session.rows<Row>({
    text: `
      SELECT asked.number::integer, hit.* FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (url, version, number)
      CROSS JOIN LATERAL (
        SELECT d.url, d.version, d.package || '@' || d.package_version AS origin, r.body
        FROM package_definition AS d JOIN ${tableOf(type)} AS r ON r.tenant = ${tenant} AND r.type = d.type AND r.id = d.id
        WHERE d.tenant = ${tenant} AND d.type = $1::text AND d.url = asked.url AND NOT r.deleted
          AND (asked.version = '' OR d.version = asked.version OR starts_with(d.version, asked.version || '.'))
        ORDER BY d.package = '${loadedPackage}' DESC, d.version = asked.version DESC, d.version_order DESC, d.package, d.package_version LIMIT 1) AS hit`,
    values: [type, asked.map(({ url }) => url), asked.map(({ version = '' }) => version)],
  });
  const found = new Map(rows.map((row) => [row.number, row]));
  return canonicals.map((_, i) => {
    const row = found.get(i + 1);
    return row && { definition: definitionOf(type, row), length: row.body.length };
  });
}

const definitionOf = (type: string, { url, version, origin, body }: Row): FoundDefinition => ({
  type,
  url,
  version: version === '' ? undefined : version,
  origin,
  resource: parseJson(body) as JsonObject,
});
