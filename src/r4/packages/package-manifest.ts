import { isObject, type Json } from '../json/json.js';
import { textOf } from '../json/items.js';

/** A package by name and version, as registries name it (https://hl7.org/fhir/R4/packages.html). */
export interface PackageName {
  readonly name: string;
  readonly version: string;
}

/** The fields of `package.json` of a FHIR package that this server reads. */
export interface PackageManifest extends PackageName {
  readonly title: string | undefined;
  /** Base of the canonicals in it. */
  readonly canonical: string | undefined;
  readonly fhirVersions: readonly string[];
  /** Packages that it rests on; versions may end with `.x`. */
  readonly dependencies: readonly PackageName[];
}

export const idOf = ({ name, version }: PackageName): string => `${name}@${version}`;

const nameForm = /^[a-z0-9][a-z0-9.-]{0,127}$/;
const versionForm = /^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$/;

/** Reads `name@version`; undefined for what names no package. */
export function parsePackageName(text: string): PackageName | undefined {
  const [name = '', version = '', ...more] = text.split('@');
  return more.length === 0 && nameForm.test(name) && versionForm.test(version) ? { name, version } : undefined;
}

/** The manifest, or what is wrong with it: completes "The package …". */
export function readManifest(content: Json): PackageManifest | string {
  if (!isObject(content)) return 'has a package.json that is no JSON object';
  const name = textOf(content['name']);
  const version = textOf(content['version']);
  if (parsePackageName(`${name}@${version}`) === undefined)
    return `has no name and version that packages have: ${JSON.stringify(name.slice(0, 80))}, ${JSON.stringify(version.slice(0, 80))}`;
  const fhirVersions = listed(content['fhirVersions'] ?? content['fhir-version-list']);
  if (fhirVersions.length > 0 && !fhirVersions.some((one) => one.startsWith('4.0')))
    return `is for FHIR ${fhirVersions.slice(0, 5).join(', ').slice(0, 80)}, and this server is R4 (4.0.1)`;
  return {
    name,
    version,
    title: textOf(content['title']) || undefined,
    canonical: textOf(content['canonical']) || undefined,
    fhirVersions,
    dependencies: dependenciesOf(content['dependencies']),
  };
}

const listed = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly Json[]).map(textOf).filter((one) => one !== '') : [];

const dependenciesOf = (value: Json | undefined): readonly PackageName[] =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, version]) => (typeof version === 'string' ? [{ name, version }] : []))
    : [];

/** True if the version is one that is wanted: `1.2.x` takes any patch, `latest` and `current` any version. */
export function isWantedVersion(wanted: string, version: string): boolean {
  if (wanted === version || wanted === 'latest' || wanted === 'current' || wanted === '*') return true;
  return wanted.endsWith('.x') && version.startsWith(wanted.slice(0, -1));
}
