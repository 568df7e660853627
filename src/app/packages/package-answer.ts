import type { InstalledPackage } from '../../fhir/storage/packages/package-rows.js';

/** An installed package as the administration API and `lanyard package list --json` have it. */
export interface PackageAnswer {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly definitions: number;
  readonly installedAt: string;
  readonly installedBy: string;
  readonly dependencies: readonly string[];
  readonly problems: readonly string[];
}

export const packageAnswer = (one: InstalledPackage): PackageAnswer => {
  const { name, version, manifest, definitions, installedAt, installedBy, problems } = one;
  return {
    name,
    version,
    ...(manifest.title !== undefined && { title: manifest.title }),
    definitions,
    installedAt: installedAt.toISOString(),
    installedBy,
    dependencies: manifest.dependencies.map((other) => `${other.name}@${other.version}`),
    problems,
  };
};
