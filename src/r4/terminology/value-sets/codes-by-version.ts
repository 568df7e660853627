import { CannotExpand } from '../cannot-expand.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import { filterConcepts } from '../filters/filter-concepts.js';
import { requireComplete } from '../code-systems/require-complete.js';
import type { TerminologySource } from '../terminology-source.js';
import type { ValueSet, ValueSetPart } from './value-set.js';

/** Codes of one code system by its version, where a value set has several. */
export type CodesByVersion = ReadonlyMap<string, ReadonlySet<string>>;

/** How the parts of a value set are read. */
export interface PartReading {
  readonly source: TerminologySource;
  /** Canonical of the code system of a part, in the version that counts. */
  readonly nameIn: (part: ValueSetPart) => string;
  /** Counts concepts that are looked at; throws when they are too many. */
  readonly spend: (work: number) => void;
}

type Composed = Pick<ValueSet, 'includes' | 'excludes'>;

/**
 * Code systems that parts include in several versions, and not only by listing codes or as wholes without any that are excluded. Parts that take what other
 * value sets have count as they do elsewhere: by code.
 */
export function inSeveralVersions({ includes, excludes }: Composed, nameIn: PartReading['nameIn']): readonly string[] {
  const systems = new Set(includes.flatMap(({ system }) => system ?? []));
  return [...systems].filter((system) => {
    const [own, gone] = [ofSystem(includes, system), ofSystem(excludes, system)];
    const isPlain = own.every(({ codes }) => codes) || (own.every(isWhole) && gone.length === 0);
    const takesOthers = [...own, ...gone].some(({ valueSets }) => valueSets.length > 0);
    return !isPlain && !takesOthers && new Set([...own, ...gone].map(nameIn)).size > 1;
  });
}

/** Codes of a code system that a value set has in each version: one that is excluded in a version stays in the others. */
export async function codesByVersion(
  system: string,
  { includes, excludes }: Composed,
  reading: PartReading,
): Promise<CodesByVersion> {
  const found = new Map<string, Set<string>>();
  const systems = new Map<string, CodeSystem>();
  for (const part of ofSystem(includes, system)) {
    const codeSystem = await systemOf(part, reading);
    const version = codeSystem.version ?? '';
    systems.set(version, codeSystem);
    found.set(version, new Set([...(found.get(version) ?? []), ...codesIn(part, codeSystem, reading)]));
  }
  for (const part of ofSystem(excludes, system)) {
    const only = part.version === undefined ? undefined : (await systemOf(part, reading)).version;
    for (const [version, codes] of found) {
      if (only !== undefined && only !== version) continue;
      for (const code of codesIn(part, systems.get(version)!, reading)) codes.delete(code);
    }
  }
  return found;
}

async function systemOf(part: ValueSetPart, { source, nameIn }: PartReading): Promise<CodeSystem> {
  const name = nameIn(part);
  const [found] = await source.codeSystems([name]);
  const system = requireComplete(found, name);
  if (!system.stored) return system;
  throw new CannotExpand(
    `It takes some codes of several versions of the CodeSystem ${system.url}, whose concepts are in tables of their own. Make a value set for each version.`,
  );
}

function codesIn({ codes, filters }: ValueSetPart, system: CodeSystem, { spend }: PartReading): Iterable<string> {
  if (codes) return codes;
  spend(system.size * Math.max(1, filters.length));
  return filters.length === 0 ? system.codes() : filterConcepts(system, filters);
}

const ofSystem = (parts: readonly ValueSetPart[], system: string): readonly ValueSetPart[] =>
  parts.filter((one) => one.system === system);

const isWhole = ({ codes, filters }: ValueSetPart): boolean => !codes && filters.length === 0;
