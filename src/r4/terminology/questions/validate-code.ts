import type { CodeSystem } from '../code-systems/code-system.js';
import type { CodeSet } from '../value-sets/code-set.js';

import type { FoundConcept } from '../code-systems/stored-concepts.js';
import { type CodeIssue, issueOf } from './code-issues.js';
import { displayIssue } from './display-issue.js';
import type { Question } from './question.js';
import { type Member, memberOf } from './member.js';
import { lookIn, lookInValueSet, type Place, placeIn } from './version-to-look-in.js';

/** A code to be judged. */
export interface AskedCode {
  readonly system?: string | undefined;
  readonly version?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
}

/** The judgement of one code. */
export interface Judgement {
  readonly issues: readonly CodeIssue[];
  readonly member?: Member | undefined;
  readonly version?: string | undefined;
  /** It is one of the value set, or of the code system. */
  readonly isIn: boolean;
  /** Code system that is not known here, so that nothing could be said of the code. */
  readonly unknownSystem?: string | undefined;
  /** The value set has nothing of the unknown system. */
  readonly isElsewhere?: boolean;
}

export interface JudgeOptions {
  readonly language?: string | undefined;
  /** False: a concept that is not for use by itself is none. */
  readonly abstract?: boolean | undefined;
  /** A display that differs is a warning. */
  readonly lenientDisplay?: boolean | undefined;
}

type AskedOfSystem = AskedCode & { readonly system: string };

export const isValid = ({ issues }: Judgement): boolean => issues.every(({ severity }) => severity !== 'error');

/** Judges a code of a code system; `only`: its very definition, whatever others have the url. */
export async function judgeInSystem(
  question: Question,
  asked: AskedOfSystem,
  options: JudgeOptions = {},
  only?: CodeSystem,
): Promise<Judgement> {
  const { expansion } = question;
  const wanted = expansion.asked.wanted(asked.system, asked.version);
  const place = only ? placeIn(question, only) : await lookIn(question, { ...asked, version: wanted });
  if (!place.system) return { issues: place.issues, isIn: false, unknownSystem: place.unknownSystem };
  return judgeThere(question, place, { asked, options });
}

/** Judges a code of a value set; throws `CannotExpand` where nothing can be said. */
export async function judgeInValueSet(
  question: Question,
  { valueSet, title }: { readonly valueSet: string; readonly title: string },
  asked: AskedOfSystem,
  options: JudgeOptions = {},
): Promise<Judgement> {
  const codes = await question.expansion.members(valueSet);
  const found = await findSelected(codes, asked);
  const place = await lookInValueSet(question, asked);
  const judged: Judgement = place.system
    ? await judgeThere(question, place, { asked, options, found })
    : { issues: place.issues, isIn: false, unknownSystem: place.unknownSystem };
  if (place.isOther) return { ...judged, isIn: false };
  const { code } = judged.member ?? asked;
  if (codes.codes.get(asked.system)?.has(code)) return listed(question, judged, { ...asked, code, options });
  const isUnknown = !place.system && question.expansion.named.has(asked.system);
  const isIn = hasSelected(codes, found, { ...judged, ...asked });
  return isIn || isUnknown ? { ...judged, isIn } : outside(question, judged, { asked, title });
}

const hasSelected = (
  { wholeSystems }: CodeSet,
  found: FoundConcept | undefined,
  { system, isIn }: { readonly system: string; readonly isIn: boolean },
): boolean => found?.isSelected === true || (wholeSystems.has(system) && isIn);

/** None of the value set, whose name is the title. */
function outside(
  { expansion }: Question,
  judged: Judgement,
  { asked, title }: { readonly asked: AskedOfSystem; readonly title: string },
): Judgement {
  const { member } = judged;
  const isGone = member?.isInactive === true && expansion.isActiveOnly;
  return {
    ...judged,
    isIn: false,
    isElsewhere: !expansion.named.has(asked.system),
    issues: [
      issueOf.notInValueSet(title, asked),
      ...(isGone ? [issueOf.isInactive(member.code)] : []),
      ...judged.issues.filter(({ kind }) => kind !== 'invalid-display'),
    ],
  };
}

/** The value set has it, whatever is known of its code system. */
function listed(
  { expansion }: Question,
  judged: Judgement,
  { options, ...asked }: AskedOfSystem & { readonly options: JudgeOptions },
): Judgement {
  if (judged.member) return { ...judged, isIn: true };
  const member = memberOf({ url: asked.system, code: asked.code }, undefined, expansion);
  const issues = judged.issues.filter(({ kind }) => kind !== 'not-found' && kind !== 'invalid-code');
  return { ...judged, isIn: true, member, issues: [...issues, ...remarks(member, asked, options)] };
}

async function findSelected({ selections }: CodeSet, { system, code }: AskedOfSystem) {
  const selected = selections.get(system);
  return selected?.concepts.find(code, selected.selection);
}

interface Judged {
  readonly asked: AskedOfSystem;
  readonly options: JudgeOptions;
  /** Concept that was read before. */
  readonly found?: FoundConcept | undefined;
}

/** Judges a code in the version of its code system that counts. */
async function judgeThere(
  { expansion }: Question,
  { system, issues, unknownSystem: unknown }: Place,
  { asked, options, found }: Judged,
): Promise<Judgement> {
  const { version, content } = system!;
  if (content === 'supplement')
    return { issues: [issueOf.isSupplement(system!)], isIn: false, unknownSystem: asked.system };
  const concept = found?.concept ?? (await system!.find(asked.code));
  const about = { version, unknownSystem: unknown };
  if (!concept) {
    const issue = issueOf.unknownCode(system!, asked.code);
    return { ...about, issues: [...issues, issue], isIn: content !== 'complete' };
  }
  const member = memberOf({ url: asked.system, code: concept.code }, concept, expansion, system!.language);
  return { ...about, issues: [...issues, ...remarks(member, asked, options)], member, isIn: true };
}

function remarks(member: Member, asked: AskedCode, options: JudgeOptions): readonly CodeIssue[] {
  const { isAbstract, isInactive, status } = member;
  const issues: CodeIssue[] = [];
  if (isAbstract && options.abstract === false) issues.push(issueOf.isAbstract(member.code));
  if (isInactive || status === 'deprecated') issues.push(issueOf.isGone(member));
  const wrong = asked.display === undefined ? undefined : displayIssue(member, asked.display, options);
  return wrong ? [...issues, wrong] : issues;
}
