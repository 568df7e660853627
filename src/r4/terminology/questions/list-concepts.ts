import { CannotExpand } from '../cannot-expand.js';
import { canonicalText } from '../canonical.js';
import type { CodeSystem } from '../code-system.js';
import { type Designation, designationsOf } from '../concept.js';
import type { Expansion } from '../expansion.js';
import { textOf } from '../read-resource.js';
import { wordsOf } from '../words.js';
import type { Question } from './question.js';

/** A member of a value set. */
export interface Member {
  readonly system: string;
  readonly code: string;
  readonly display: string | undefined;
  /** Of the code system, where the value set says another one. */
  readonly ownDisplay: string | undefined;
  readonly designations: readonly Designation[];
  readonly isAbstract: boolean;
  readonly isInactive: boolean;
}

/** The members of a value set, and the code systems that they are of. */
export interface Members {
  readonly list: readonly Member[];
  /** As `url|version`. */
  readonly systems: readonly string[];
}

/** Lists the members in the order of the definition; throws `CannotExpand`. */
export async function listConcepts({ expansion, source }: Question, name: string): Promise<Members> {
  const codes = await expansion.members(name);
  const list: Member[] = [];
  const systems: string[] = [];
  const all = new Set([...codes.wholeSystems, ...codes.codes.keys()]);
  for (const url of all) {
    const asked = canonicalText(url, expansion.versionOf(url));
    const [system] = await source.codeSystems([asked]);
    const listed = codes.wholeSystems.has(url) ? wholeOf(system, asked) : (codes.codes.get(url) ?? []);
    systems.push(canonicalText(url, system?.version ?? expansion.versionOf(url)));
    for (const code of listed) list.push(memberOf(url, code, system, expansion));
  }
  return { list, systems };
}

function wholeOf(system: CodeSystem | undefined, name: string): Iterable<string> {
  if (system?.content === 'complete') return system.codes();
  throw new CannotExpand(
    system
      ? `The content of the CodeSystem ${name} is "${system.content}" here; all of its codes are needed.`
      : `The CodeSystem ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
  );
}

/** A code of a code system, with what a value set and the code system say of it; the latter may not be here. */
export function memberOf(url: string, code: string, system: CodeSystem | undefined, expansion: Expansion): Member {
  const concept = system?.concept(system.codeOf(code) ?? code) ?? unknown;
  const said = expansion.said.get(url)?.get(code) ?? {};
  return {
    system: url,
    code,
    display: textOf(said['display']) ?? concept.display,
    ownDisplay: concept.display,
    designations: [...designationsOf(said), ...concept.designations],
    isAbstract: concept.isAbstract,
    isInactive: concept.isInactive,
  };
}

const unknown = { display: undefined, designations: [], isAbstract: false, isInactive: false } as const;

/** The text in a language (RFC 5646): that very one, or one that it is a kind of; otherwise the display. */
export function displayIn(
  { display, designations }: Pick<Member, 'display' | 'designations'>,
  language: string | undefined,
): string | undefined {
  if (language === undefined) return display;
  const wanted = language.split(/[,;]/, 1)[0]!.trim().toLowerCase();
  const isIt = ({ language: own = '' }: Designation): boolean =>
    own.toLowerCase() === wanted || own.toLowerCase().startsWith(`${wanted}-`);
  return designations.find((one) => isIt(one) && !one.use)?.value ?? designations.find(isIt)?.value ?? display;
}

/** True if each word of the filter begins a word of the display, or the code begins with it. */
export function matchesFilter({ code, display = '', designations }: Member, filter: string): boolean {
  const words = wordsOf(filter);
  const texts = [display, code, ...designations.map(({ value }) => value)];
  return texts.some((text) => {
    const own = wordsOf(text);
    return words.every((word) => own.some((one) => one.startsWith(word)));
  });
}
