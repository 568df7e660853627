import { canonicalText } from '../canonical.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import { matchesVersion, newestFirst } from '../system-versions.js';
import type { TerminologySource } from '../terminology-source.js';
import { type CodeIssue, issueOf, unknownSystem } from './code-issues.js';
import type { Question } from './question.js';

/** Version of a code system in which a code is looked for. */
export interface Place {
  /** Undefined: it is not here. */
  readonly system?: CodeSystem | undefined;
  readonly issues: readonly CodeIssue[];
  /** It is not the version of the value set, which is not here. */
  readonly isOther?: boolean;
  /** Canonical that is not here. */
  readonly unknownSystem?: string | undefined;
}

interface Asked {
  readonly system: string;
  readonly version?: string | undefined;
  readonly code: string;
}

/** Versions of a code system that are known, for messages. */
export async function versionsOf(source: TerminologySource, url: string): Promise<readonly string[]> {
  if (source.versionsOf) return source.versionsOf(url);
  const [newest] = await source.codeSystems([url]);
  return newest?.version === undefined ? [] : [newest.version];
}

/** The code system of a code, in its version. */
export async function lookIn({ source, expansion }: Question, asked: Asked): Promise<Place> {
  const name = canonicalText(asked.system, asked.version);
  const [system] = await source.codeSystems([name], { codes: [asked.code] });
  if (!system) return missing({ source, expansion }, asked, expansion.named.has(asked.system));
  return placeIn({ expansion }, system);
}

/** A code system, unless the call rules its version out. */
export function placeIn({ expansion }: Pick<Question, 'expansion'>, system: CodeSystem): Place {
  const { url, version } = system;
  const wanted = expansion.asked.violated(url, version);
  return { system, issues: wanted === undefined ? [] : [issueOf.versionNotAllowed(url, version, wanted)] };
}

/**
 * The code system of a code in the version that a value set and the call have: a version of the code itself has to be that one
 * (https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include.version).
 */
export async function lookInValueSet(question: Question, asked: Asked): Promise<Place> {
  const { named } = question.expansion;
  const { system, version, code } = asked;
  const used = named.versionOf(system, code);
  const several = named.versionsOf(system);
  if (version === undefined)
    return several.length > 0
      ? lookInEach(question, asked, several)
      : lookIn(question, { system, code, version: used });
  const included = used === undefined ? several : [...several, used];
  const isIncluded = included.some((one) => matchesVersion(one, version));
  return isIncluded || !named.has(system)
    ? lookIn(question, asked)
    : lookInOther(question, { system, version, code }, used);
}

/** The code is of another version than that of the value set; one that names no version takes any that is here. */
async function lookInOther(
  question: Question,
  asked: Asked & { readonly version: string },
  used: string | undefined,
): Promise<Place> {
  const own = await lookIn(question, asked);
  if (used === undefined && own.system) return own;
  const place = await lookIn(question, { ...asked, version: used });
  const { system } = asked;
  const { asked: versions, named } = question.expansion;
  const other = issueOf.otherVersion(asked, {
    version: used ?? place.system?.version,
    isNamed: used !== undefined,
    written: versions.isForced(system) ? named.writtenVersionOf(system) : undefined,
  });
  if (!place.system) return { ...place, system: own.system, isOther: true, issues: [other, ...place.issues] };
  return {
    system: place.system,
    unknownSystem: own.unknownSystem,
    issues: [other, ...place.issues, ...(own.system ? [] : own.issues)],
  };
}

/** The newest of several versions that has the code; of those that do not, the newest. */
async function lookInEach(question: Question, asked: Asked, versions: readonly string[]): Promise<Place> {
  const { expansion } = question;
  const first = expansion.named.versionOf(asked.system, asked.code);
  const places: Place[] = [];
  for (const version of [first, ...newestFirst(versions)]) {
    const place = await lookIn(question, { ...asked, version });
    if (await place.system?.find(asked.code)) return place;
    places.push(place);
  }
  return places[1]!;
}

async function missing({ source }: Question, { system, version }: Asked, isNamed: boolean): Promise<Place> {
  const versions = version === undefined ? [] : await versionsOf(source, system);
  const isKnown = versions.length > 0 || isNamed;
  return {
    issues: [unknownSystem({ system, version }, versions, isNamed)],
    unknownSystem: isKnown ? canonicalText(system, version) : system,
  };
}
