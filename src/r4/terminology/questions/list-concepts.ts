import { CannotExpand, TooCostly } from '../cannot-expand.js';
import { canonicalText, parseCanonical } from '../canonical.js';
import type { CodeSet, Selected } from '../value-sets/code-set.js';
import type { CodeSystem } from '../code-systems/code-system.js';
import type { CodesByVersion } from '../value-sets/codes-by-version.js';
import type { Concept } from '../code-systems/concept.js';
import type { Expansion } from '../value-sets/expansion.js';
import { all as everything } from '../../search/query/concept-selection.js';
import { versionNotAllowed } from './code-issues.js';
import { matchesFilter, type Member, memberOf } from './member.js';
import type { Question } from './question.js';
import { versionsOf } from './version-to-look-in.js';

/** Part of the members of a value set, and the code systems that they are of. */
export interface MembersPage {
  readonly list: readonly Member[];
  /** Number of all; undefined where counting them would take longer than the page. */
  readonly total: number | undefined;
  /** As `url|version`. */
  readonly systems: readonly string[];
  readonly urls: readonly string[];
}

/** Which members are wanted. */
export interface MembersAsked {
  /** Words, each of which begins a word of the display or another text, or the code. */
  readonly filter?: string | undefined;
  readonly activeOnly?: boolean | undefined;
  /** Without those that are not for use by themselves. */
  readonly selectableOnly?: boolean | undefined;
  /** Canonicals of code systems that are left out. */
  readonly withoutSystems?: readonly string[] | undefined;
  readonly offset: number;
  /** Undefined: all of them, unless they are more than `most`. */
  readonly count: number | undefined;
  /** Members of one answer; more are `TooCostly`. */
  readonly most: number;
}

/** Members of one code system that are listed here, or can be asked for by the page. */
type Segment =
  | { readonly kind: 'list'; readonly list: readonly Member[] }
  | { readonly kind: 'stored'; readonly url: string; readonly selected: Selected; readonly version?: string };

/** Members in the order of the definition; throws `CannotExpand`. */
export async function listMembers(question: Question, name: string, asked: MembersAsked): Promise<MembersPage> {
  const codes = await question.expansion.members(name);
  const isLeftOut = leftOutBy(asked.withoutSystems ?? []);
  const segments: Segment[] = [];
  const systems: string[] = [];
  const urls: string[] = [];
  for (const url of new Set([...codes.wholeSystems, ...codes.codes.keys(), ...codes.selections.keys()])) {
    const { system, versioned, versions } = await usedOf(question, url);
    const left = versions.filter((version) => !isLeftOut(url, version));
    if (left.length === 0) continue;
    await requireUsable(question, { url, codes, system });
    urls.push(url);
    systems.push(...left.map((version) => canonicalText(url, version)));
    const own = await segmentsOf(question, { url, codes, system, name: versioned });
    segments.push(...(versions.length > left.length ? own.map((one) => without(one, isLeftOut)) : own));
  }
  return { ...(await pageOf(segments, asked, question.expansion)), systems, urls };
}

/** A code system of a value set, and the versions of it that count. */
async function usedOf({ source, expansion }: Question, url: string) {
  const { named } = expansion;
  const versioned = named.canonicalOf(url);
  const [system] = await source.codeSystems([versioned]);
  const several = named.versionsOf(url);
  return { system, versioned, versions: several.length > 0 ? several : [system?.version ?? named.versionOf(url)] };
}

/** Throws `CannotExpand` for a version that the call rules out, and for a code system that is not here. */
async function requireUsable(
  question: Question,
  { url, codes, system }: Pick<OfSystem, 'url' | 'codes' | 'system'>,
): Promise<void> {
  const wanted = question.expansion.asked.violated(url, system?.version);
  if (system && wanted !== undefined)
    throw new CannotExpand(versionNotAllowed(url, system.version, wanted), 'version-error');
  if (!system && codes.wholeSystems.has(url)) throw await unknownVersion(question, url);
}

type IsLeftOut = (url: string, version: string | undefined) => boolean;

/** `exclude-system` (https://hl7.org/fhir/R4/valueset-operation-expand.html): a code system, or one version of it. */
function leftOutBy(canonicals: readonly string[]): IsLeftOut {
  const parsed = canonicals.map(parseCanonical);
  return (url, version) =>
    parsed.some((one) => one.url === url && (one.version === undefined || one.version === version));
}

/** Of several versions of a code system, those that are left. */
function without(segment: Segment, isLeftOut: IsLeftOut): Segment {
  if (segment.kind === 'list')
    return { kind: 'list', list: segment.list.filter(({ system, version }) => !isLeftOut(system, version)) };
  return isLeftOut(segment.url, segment.version) ? { kind: 'list', list: [] } : segment;
}

async function unknownVersion({ source, expansion }: Question, url: string): Promise<CannotExpand> {
  const version = expansion.named.versionOf(url);
  const known = version === undefined ? [] : await versionsOf(source, url);
  const which = version === undefined ? '' : ` version '${version}'`;
  const versions = known.length === 0 ? '' : `. Valid versions: ${known.join(' or ')}`;
  return new CannotExpand(
    `A definition for CodeSystem '${url}'${which} could not be found, so the value set cannot be expanded${versions}`,
    'not-found',
  );
}

interface OfSystem {
  readonly url: string;
  readonly name: string;
  readonly codes: CodeSet;
  readonly system: CodeSystem | undefined;
}

/** Of a code system in several versions each whole is for itself. */
async function segmentsOf(question: Question, of: OfSystem): Promise<readonly Segment[]> {
  const { url, codes } = of;
  const versions = codes.wholeSystems.has(url) ? question.expansion.named.versionsOf(url) : [];
  if (versions.length === 0) return [await segmentOf(question, of)];
  const segments: Segment[] = [];
  for (const version of versions) {
    const name = canonicalText(url, version);
    const [system] = await question.source.codeSystems([name]);
    segments.push(inVersion(await segmentOf(question, { ...of, system, name }), system?.version ?? version));
  }
  return segments;
}

const inVersion = (segment: Segment, version: string): Segment =>
  segment.kind === 'stored'
    ? { ...segment, version }
    : { ...segment, list: segment.list.map((one) => one.in(version)) };

async function segmentOf(question: Question, { url, name, codes, system }: OfSystem): Promise<Segment> {
  const { expansion } = question;
  const selected = codes.selections.get(url);
  if (selected) return { kind: 'stored', url, selected };
  const stored = system?.stored;
  if (codes.wholeSystems.has(url)) {
    if (stored && system.content === 'complete')
      return { kind: 'stored', url, selected: { concepts: stored, selection: everything } };
    const list = [...wholeOf(system, name)].map((code) =>
      memberOf({ url, code }, conceptIn(system, code), expansion, system?.language),
    );
    return { kind: 'list', list };
  }
  const listed = [...(codes.codes.get(url) ?? [])];
  if (expansion.named.versionsOf(url).length > 0)
    return { kind: 'list', list: await byVersions(question, url, listed) };
  const known = new Map(stored ? (await stored.concepts(listed)).map((one) => [one.code, one]) : []);
  const told = (code: string): Concept | undefined => (stored ? known.get(code) : conceptIn(system, code));
  return { kind: 'list', list: listed.map((code) => memberOf({ url, code }, told(code), expansion, system?.language)) };
}

/** Codes that a value set lists in several versions of their code system. */
async function byVersions(
  { source, expansion }: Question,
  url: string,
  codes: readonly string[],
): Promise<readonly Member[]> {
  const byVersion = expansion.versioned.get(url);
  if (byVersion) return byVersionOf({ source, expansion }, { url, codes: new Set(codes), byVersion });
  const versions = codes.map((code) => expansion.named.versionOf(url, code));
  const systems = await source.codeSystems(
    versions.map((version) => canonicalText(url, version)),
    { codes },
  );
  const members: Member[] = [];
  for (const [i, code] of codes.entries()) {
    const system = systems[i];
    const member = memberOf({ url, code }, await system?.find(code), expansion, system?.language);
    members.push(member.in(system?.version ?? versions[i]));
  }
  return members;
}

async function byVersionOf(
  { source, expansion }: Question,
  {
    url,
    codes,
    byVersion,
  }: { readonly url: string; readonly codes: ReadonlySet<string>; readonly byVersion: CodesByVersion },
): Promise<readonly Member[]> {
  const members: Member[] = [];
  for (const [version, own] of byVersion) {
    const [system] = await source.codeSystems([canonicalText(url, version)]);
    for (const code of own)
      if (codes.has(code))
        members.push(memberOf({ url, code }, conceptIn(system, code), expansion, system?.language).in(version));
  }
  return members;
}

const conceptIn = (system: CodeSystem | undefined, code: string): Concept | undefined =>
  system?.concept(system.codeOf(code) ?? code);

async function pageOf(
  segments: readonly Segment[],
  asked: MembersAsked,
  expansion: Expansion,
): Promise<Omit<MembersPage, 'systems' | 'urls'>> {
  const list: Member[] = [];
  let total: number | undefined = 0;
  for (const [i, segment] of segments.entries()) {
    const offset: number = Math.max(0, asked.offset - total);
    const left = (asked.count ?? asked.most + 1) - list.length;
    const isLast = i === segments.length - 1;
    const part = await partOf(segment, { ...asked, offset, count: left, isLast }, expansion);
    list.push(...part.list);
    if (part.total === undefined) {
      total = undefined;
      break;
    }
    total += part.total;
  }
  if (list.length > asked.most)
    throw new TooCostly(
      `These are ${total ?? `more than ${asked.most}`} codes; an answer takes ${asked.most}. Ask for pages with "count" and "offset".`,
    );
  return { list, total };
}

interface PartAsked extends MembersAsked {
  readonly count: number;
  readonly isLast: boolean;
}

async function partOf(
  segment: Segment,
  { filter, activeOnly, selectableOnly, offset, count, isLast }: PartAsked,
  expansion: Expansion,
): Promise<Omit<MembersPage, 'systems' | 'urls'>> {
  if (segment.kind === 'list') {
    const chosen = segment.list.filter(
      (one) =>
        !(activeOnly && one.isInactive) &&
        !(selectableOnly && one.isAbstract) &&
        (filter === undefined || matchesFilter(one, filter)),
    );
    return { list: chosen.slice(offset, offset + count), total: chosen.length };
  }
  const { url, selected, version } = segment;
  const { concepts, selection } = selected;
  const query = { selection, filter, activeOnly, selectableOnly };
  const { total, concepts: found } = await concepts.page(query, { offset, count });
  const list = found.map((one) => memberOf({ url, code: one.code }, one, expansion).in(version));
  if (total !== undefined) return { list, total };
  return { list, total: isLast && count > 0 ? undefined : await concepts.count(query) };
}

function wholeOf(system: CodeSystem | undefined, name: string): Iterable<string> {
  if (system?.content === 'complete') return system.codes();
  throw new CannotExpand(
    system
      ? `The content of the CodeSystem ${name} is "${system.content}" here; all of its codes are needed.`
      : `The CodeSystem ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
  );
}
