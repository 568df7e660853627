import { builtInCodeSystems, builtInValueSets } from '../../r4/terminology/built-in.js';
import { parseCanonical } from '../../r4/terminology/canonical.js';
import { idOf, isWantedVersion, type PackageName } from '../../r4/packages/package-manifest.js';
import { versionOrder } from '../../r4/terminology/version-order.js';
import type { NamedCanonical } from '../../r4/packages/named-canonicals.js';
import type { InstalledPackage, PackagedDefinition } from '../storage/packages/package-rows.js';
import type { ResourceVerdicts } from './resource-verdicts.js';
import type { PackageProblem } from '../../r4/packages/package-problem.js';
import { keyOf, type Survey } from './survey.js';

/** A package that another one says that it rests on. */
export interface Dependency extends PackageName {
  readonly state: 'built in' | 'installed' | 'given' | 'missing';
  /** Canonicals of it that the package names and nothing installed has; only where the guide says which are of it. */
  readonly missing?: Unresolved;
}

/** Canonicals that lead nowhere. */
export interface Unresolved {
  readonly count: number;
  /** Some of them, such as `ValueSet http://… (StructureDefinition/x)`. */
  readonly examples: readonly string[];
}

/** Changes that an installation would make. */
export interface PackagePlan {
  readonly package: string;
  /** `other content`: that version is installed, and what was given differs from it. */
  readonly state: 'new' | 'installed' | 'other content';
  readonly definitions: number;
  /** Definitions by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Canonicals that lead to this package from now on, where no version is named; before, to another one. */
  readonly replaced: readonly string[];
  /** Canonicals with version that another package has with other content. */
  readonly conflicts: readonly string[];
  readonly dependencies: readonly Dependency[];
  /** Canonicals that are of no dependency that the guide names. */
  readonly unresolved: Unresolved;
  readonly problems: readonly PackageProblem[];
  /** Where stored resources were judged: by all packages that are new and given together. */
  readonly resources?: ResourceVerdicts;
}

/** Installed definitions, as far as the plan asks. */
export interface InstalledState {
  readonly packages: readonly InstalledPackage[];
  /** The definitions of a type with one of the urls, those of the newest version first. */
  withUrl(type: string, urls: readonly string[]): Promise<readonly PackagedDefinition[]>;
}

const core = /^hl7\.fhir\.r4\.(?:core|examples|expansions)$/;
const mostExamples = 5;
const mostListed = 100;

/** Compares a package with what is installed and with what is given beside it. */
export async function planPackage(
  { manifest, definitions, named, guide, problems, digest }: Survey,
  installed: InstalledState,
  given: readonly Survey[],
): Promise<PackagePlan> {
  const there = installed.packages.find((one) => idOf(one) === idOf(manifest));
  const others = await sameUrls(definitions.values(), installed, idOf(manifest));
  const unresolved = await unresolvedIn(named.values(), installed, given);
  const { bases } = guide;
  const ofBase = (base: string | undefined) => unresolved.filter(({ canonical }) => base && isBelow(canonical, base));
  const dependencies = manifest.dependencies.map((one): Dependency => {
    const state = stateOf(one, installed.packages, given);
    const missing = state === 'missing' ? ofBase(bases[one.name]) : [];
    return { ...one, state, ...(missing.length > 0 && { missing: listed(missing) }) };
  });
  const told = new Set(
    dependencies.filter(({ state }) => state === 'missing').flatMap(({ name }) => ofBase(bases[name])),
  );
  return {
    package: idOf(manifest),
    state: there === undefined ? 'new' : there.digest === digest ? 'installed' : 'other content',
    definitions: definitions.size,
    types: countTypes(definitions.values()),
    ...comparison(definitions, others),
    dependencies,
    unresolved: listed(unresolved.filter((one) => !told.has(one))),
    problems,
  };
}

type Keys = Pick<PackagedDefinition, 'type' | 'url' | 'version' | 'digest'>;

async function sameUrls(
  definitions: Iterable<Keys>,
  installed: InstalledState,
  own: string,
): Promise<readonly PackagedDefinition[]> {
  const urls = new Map<string, string[]>();
  for (const { type, url } of definitions) urls.set(type, [...(urls.get(type) ?? []), url]);
  const found: PackagedDefinition[] = [];
  for (const [type, list] of urls) found.push(...(await installed.withUrl(type, list)));
  return found.filter(({ origin }) => origin !== own);
}

function comparison(
  definitions: ReadonlyMap<string, Keys>,
  others: readonly PackagedDefinition[],
): Pick<PackagePlan, 'replaced' | 'conflicts'> {
  const newest = new Map<string, Keys>();
  for (const one of definitions.values()) {
    const key = `${one.type} ${one.url}`;
    const known = newest.get(key);
    if (!known || versionOrder(known.version) < versionOrder(one.version)) newest.set(key, one);
  }
  const replaced = new Set<string>();
  for (const other of others) {
    const mine = newest.get(`${other.type} ${other.url}`);
    if (mine && versionOrder(mine.version) > versionOrder(other.version))
      replaced.add(`${other.type} ${other.url}: ${mine.version} in the place of ${other.version} (${other.origin})`);
  }
  const conflicts = others
    .filter((other) => {
      const mine = definitions.get(keyOf(other));
      return mine !== undefined && mine.digest !== other.digest;
    })
    .map((other) => `${keyOf(other)} is in ${other.origin} with other content`);
  return { replaced: [...replaced].slice(0, mostListed), conflicts: conflicts.slice(0, mostListed) };
}

function countTypes(definitions: Iterable<Keys>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of definitions) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function stateOf(
  wanted: PackageName,
  installed: readonly InstalledPackage[],
  given: readonly Survey[],
): Dependency['state'] {
  if (core.test(wanted.name)) return 'built in';
  const isIt = (one: PackageName): boolean => one.name === wanted.name && isWantedVersion(wanted.version, one.version);
  if (installed.some(isIt)) return 'installed';
  return given.some(({ manifest }) => isIt(manifest)) ? 'given' : 'missing';
}

type Named = NamedCanonical & { readonly by: string };

/** Canonicals that lead to nothing given, nothing installed and nothing of R4. */
async function unresolvedIn(
  named: Iterable<Named>,
  installed: InstalledState,
  given: readonly Survey[],
): Promise<readonly Named[]> {
  const known = new Set(given.flatMap(({ definitions }) => [...definitions.values()].map(urlKeyOf)));
  const open = [...named].filter((one) => {
    const { url } = parseCanonical(one.canonical);
    return !isOfR4(one.type, url) && !known.has(`${one.type} ${url}`);
  });
  const found = new Set<string>();
  for (const type of ['StructureDefinition', 'ValueSet', 'CodeSystem'] as const) {
    const urls = open.filter((one) => one.type === type).map(({ canonical }) => parseCanonical(canonical).url);
    if (urls.length > 0) for (const one of await installed.withUrl(type, urls)) found.add(urlKeyOf(one));
  }
  return open.filter(({ type, canonical }) => !found.has(`${type} ${parseCanonical(canonical).url}`));
}

const urlKeyOf = ({ type, url }: Pick<Keys, 'type' | 'url'>): string => `${type} ${url}`;

/** R4's own structures, those of its extensions included, are known by their place. */
const isOfR4 = (type: string, url: string): boolean => {
  if (type === 'ValueSet') return builtInValueSets.find(url) !== undefined;
  if (type === 'CodeSystem') return builtInCodeSystems.find(url) !== undefined;
  return /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/[^/]+$/.test(url);
};

const isBelow = (canonical: string, base: string): boolean => canonical.startsWith(`${base.replace(/\/$/, '')}/`);

const listed = (named: readonly Named[]): Unresolved => ({
  count: named.length,
  examples: named.slice(0, mostExamples).map(({ type, canonical, by }) => `${type} ${canonical} (${by})`),
});
