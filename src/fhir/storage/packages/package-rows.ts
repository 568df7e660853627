import { versionOrder } from '../../../r4/terminology/version-order.js';
import { idOf, type PackageManifest, type PackageName } from '../../../r4/packages/package-manifest.js';
import type { StoredProblem } from '../../../r4/packages/package-problem.js';
import type { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';

/** An installed version of a package. */
export interface InstalledPackage extends PackageName {
  readonly manifest: PackageManifest;
  readonly digest: string;
  /** JSON of what it asks of servers. */
  readonly guide: string;
  /** Unused parts of it. */
  readonly problems: readonly StoredProblem[];
  /** Number of its definitions. */
  readonly definitions: number;
  readonly installedBy: string;
  readonly installedAt: Date;
}

/** Where a canonical leads. */
export interface PackagedDefinition {
  readonly type: string;
  /** Of the stored resource. */
  readonly id: string;
  readonly url: string;
  /** Empty: it has none. */
  readonly version: string;
  /** `name@version` of its package. */
  readonly origin: string;
  readonly digest: string;
}

/** Changes with every installation. */
export async function readPackageGeneration(session: SqlSession): Promise<string> {
  const text = `SELECT generation::text FROM package_state WHERE tenant = ${tenant}`;
  const [state] = await session.rows<{ generation: string }>({ text, values: [] });
  return state?.generation ?? '0';
}

/** Transactions that install or remove wait for each other here. */
export async function lockPackages(session: SqlSession): Promise<void> {
  await session.count({
    text: `
      INSERT INTO package_state (tenant, generation) VALUES (${tenant}, 1)
      ON CONFLICT (tenant) DO UPDATE SET generation = package_state.generation + 1`,
    values: [],
  });
}

interface PackageRow extends Record<string, unknown> {
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
  readonly digest: string;
  readonly guide: string;
  readonly problems: string;
  readonly definitions: number;
  readonly installedBy: string;
  readonly installedAt: Date;
}

export async function readPackages(session: SqlSession): Promise<readonly InstalledPackage[]> {
  const rows = await session.rows<PackageRow>({
    text: `
      SELECT name, version, manifest, digest, guide, problems, definitions, installed_by AS "installedBy", installed_at AS "installedAt"
      FROM package WHERE tenant = ${tenant} ORDER BY installed_at, name, version`,
    values: [],
  });
  return rows.map(({ manifest, problems, ...row }) => ({
    ...row,
    manifest: JSON.parse(manifest) as PackageManifest,
    problems: JSON.parse(problems) as readonly StoredProblem[],
  }));
}

export async function insertPackage(
  session: SqlSession,
  {
    manifest,
    digest,
    guide,
    problems,
    definitions,
    installedBy,
  }: Omit<InstalledPackage, keyof PackageName | 'installedAt'>,
): Promise<void> {
  await session.count({
    text: `
      INSERT INTO package (tenant, name, version, manifest, digest, guide, problems, definitions, installed_by)
      VALUES (${tenant}, $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::integer, $8::text)`,
    values: [
      manifest.name,
      manifest.version,
      JSON.stringify(manifest),
      digest,
      guide,
      JSON.stringify(problems),
      definitions,
      installedBy,
    ],
  });
}

export async function insertDefinitions(
  session: SqlSession,
  { name, version }: PackageName,
  definitions: readonly Omit<PackagedDefinition, 'origin'>[],
): Promise<void> {
  const rows = definitions.map((one) => ({
    ...one,
    version_order: versionOrder(one.version),
    package: name,
    package_version: version,
  }));
  const names = ['type', 'id', 'url', 'version', 'version_order', 'package', 'package_version', 'digest'];
  await session.count({
    text: `
      INSERT INTO package_definition (tenant, ${names.join(', ')})
      SELECT ${tenant}, ${names.map((one) => `next.${one}`).join(', ')}
      FROM json_to_recordset($1::json) AS next (${names.map((one) => `${one} text`).join(', ')})`,
    values: [JSON.stringify(rows)],
  });
}

/** Takes the rows of a package out; returns what its definitions were. */
export async function deletePackage(
  session: SqlSession,
  { name, version }: PackageName,
): Promise<readonly PackagedDefinition[]> {
  const values = [name, version];
  await session.count({
    text: `DELETE FROM package WHERE tenant = ${tenant} AND name = $1::text AND version = $2::text`,
    values,
  });
  const rows = await session.rows<Omit<PackagedDefinition, 'origin'> & Record<string, unknown>>({
    text: `
      DELETE FROM package_definition WHERE tenant = ${tenant} AND package = $1::text AND package_version = $2::text
      RETURNING type, id, url, version, digest`,
    values,
  });
  return rows.map((row) => ({ ...row, origin: idOf({ name, version }) }));
}

/** The installed definitions of a type with one of the urls, those of the newest version first. */
export async function definitionsWithUrl(
  session: SqlSession,
  type: string,
  urls: readonly string[],
): Promise<readonly PackagedDefinition[]> {
  return session.rows<PackagedDefinition & Record<string, unknown>>({
    text: `
      SELECT type, id, url, version, package || '@' || package_version AS origin, digest FROM package_definition
      WHERE tenant = ${tenant} AND type = $1::text AND url = ANY ($2::text[])
      ORDER BY url, version_order DESC, package, package_version`,
    values: [type, [...urls]],
  });
}

/** Picks the resources that are definitions of packages. */
export async function packagedAmong(
  session: SqlSession,
  resources: readonly { readonly type: string; readonly id: string }[],
): Promise<readonly Pick<PackagedDefinition, 'type' | 'id' | 'origin'>[]> {
  return session.rows<Pick<PackagedDefinition, 'type' | 'id' | 'origin'> & Record<string, unknown>>({
    text: `
      SELECT d.type, d.id, d.package || '@' || d.package_version AS origin
      FROM unnest($1::text[], $2::text[]) AS asked (type, id)
      JOIN package_definition AS d ON d.tenant = ${tenant} AND d.type = asked.type AND d.id = asked.id`,
    values: [resources.map(({ type }) => type), resources.map(({ id }) => id)],
  });
}
