import { canonicalText } from '../canonical.js';
import type { CodeSet } from '../code-set.js';
import type { CodeSystem } from '../code-system.js';
import type { FoundConcept } from '../stored-concepts.js';
import type { Question } from './question.js';
import { displayIn, type Member, memberOf } from './list-concepts.js';

/** A code to be judged. */
export interface AskedCode {
  readonly system?: string | undefined;
  readonly version?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
}

/** Something that is said of a code: why it is none of the value set, or a remark. */
export interface CodeIssue {
  readonly severity: 'error' | 'warning' | 'information';
  /** https://hl7.org/fhir/R4/valueset-issue-type.html */
  readonly code: 'code-invalid' | 'not-found' | 'invalid' | 'business-rule';
  /** Such as `not-in-vs`, of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type. */
  readonly kind: string;
  readonly text: string;
  /** Element of the Coding that it is about. */
  readonly element?: 'code' | 'system' | 'display';
}

/** The judgement of one code. */
export interface Judgement {
  readonly issues: readonly CodeIssue[];
  readonly member?: Member;
  readonly version?: string | undefined;
  /** Code system that is not known here, so that nothing could be said of the code. */
  readonly unknownSystem?: string;
}

export interface JudgeOptions {
  readonly language?: string | undefined;
  /** False: a concept that is not for use by itself is none. */
  readonly abstract?: boolean | undefined;
  /** A display that differs is a warning. */
  readonly lenientDisplay?: boolean | undefined;
}

export const isValid = ({ issues }: Judgement): boolean => issues.every(({ severity }) => severity !== 'error');

/** Judges a code of a code system. */
export async function judgeInSystem(
  { source, expansion }: Question,
  asked: AskedCode & { readonly system: string },
  { found, ...options }: JudgeOptions & { readonly found?: FoundConcept | undefined } = {},
): Promise<Judgement> {
  const name = canonicalText(asked.system, asked.version);
  const [system] = await source.codeSystems([name], { codes: [asked.code] });
  if (!system) return { issues: [unknownSystem(asked)], unknownSystem: name };
  const concept = found?.concept ?? (await system.find(asked.code));
  if (!concept) return { issues: [unknownCode(system, asked.code)], version: system.version };
  const member = memberOf({ url: asked.system, code: concept.code }, concept, expansion);
  return { issues: remarks(member, asked, options), member, version: system.version };
}

/** Judges a code of a value set; throws `CannotExpand` where nothing can be said. */
export async function judgeInValueSet(
  question: Question,
  { valueSet, title }: { readonly valueSet: string; readonly title: string },
  asked: AskedCode & { readonly system: string },
  options: JudgeOptions = {},
): Promise<Judgement> {
  const { expansion } = question;
  const codes = await expansion.members(valueSet);
  const found = await findSelected(codes, asked);
  const version = asked.version ?? expansion.versionOf(asked.system);
  const judged = await judgeInSystem(question, { ...asked, version }, { ...options, found });
  const wrong = wrongVersion(asked, expansion.versionOf(asked.system));
  if (wrong) return { ...judged, issues: [wrong, ...judged.issues] };
  const { code } = judged.member ?? asked;
  if (codes.codes.get(asked.system)?.has(code)) return listed(judged, { ...asked, code }, { expansion, options });
  return codes.wholeSystems.has(asked.system) || found?.isSelected ? judged : outside(judged, notIn(title, asked));
}

const outside = (judged: Judgement, issue: CodeIssue): Judgement => ({
  ...judged,
  issues: [issue, ...judged.issues.filter(({ kind }) => kind !== 'invalid-display')],
});

async function findSelected({ selections }: CodeSet, { system, code }: AskedCode & { readonly system: string }) {
  const selected = selections.get(system);
  return selected?.concepts.find(code, selected.selection);
}

/** The value set has it, whatever is known of its code system. */
function listed(
  judged: Judgement,
  asked: AskedCode & { readonly system: string },
  { expansion, options }: Pick<Question, 'expansion'> & { readonly options: JudgeOptions },
): Judgement {
  if (judged.member) return judged;
  const member = memberOf({ url: asked.system, code: asked.code }, undefined, expansion);
  return { ...judged, member, issues: remarks(member, asked, options) };
}

/** `1` and `1.x` take any 1.x. */
const isOfVersion = (wanted: string, version: string): boolean =>
  wanted === version || version.startsWith(`${wanted.replace(/(?:\.x)+$/, '')}.`);

function wrongVersion({ system = '', version }: AskedCode, pinned: string | undefined): CodeIssue | undefined {
  if (pinned === undefined || version === undefined || isOfVersion(pinned, version)) return undefined;
  return {
    severity: 'error',
    code: 'invalid',
    kind: 'vs-invalid',
    element: 'system',
    text: `The code system '${system}' version '${pinned}' in the ValueSet include is different to the one in the value ('${version}')`,
  };
}

const shown = ({ system = '', version, code, display }: AskedCode): string =>
  `${canonicalText(system, version)}#${code}${display === undefined ? '' : ` ('${display}')`}`;

const notIn = (title: string, asked: AskedCode): CodeIssue => ({
  severity: 'error',
  code: 'code-invalid',
  kind: 'not-in-vs',
  element: 'code',
  text: `The provided code '${shown(asked)}' was not found in the value set '${title}'`,
});

const unknownSystem = ({ system = '', version }: AskedCode): CodeIssue => ({
  severity: 'error',
  code: 'not-found',
  kind: 'not-found',
  element: 'system',
  text:
    version === undefined
      ? `A definition for CodeSystem '${system}' could not be found, so the code cannot be validated`
      : `A definition for CodeSystem '${system}' version '${version}' could not be found, so the code cannot be validated`,
});

function unknownCode({ url, version, content }: CodeSystem, code: string): CodeIssue {
  const isWhole = content === 'complete';
  const where = `the CodeSystem '${url}'${version === undefined ? '' : ` version '${version}'`}`;
  return {
    severity: isWhole ? 'error' : 'warning',
    code: 'code-invalid',
    kind: 'invalid-code',
    element: 'code',
    text: isWhole
      ? `Unknown code '${code}' in ${where}`
      : `Unknown code '${code}' in ${where} - note that the code system is labeled as a ${content}, so the code may be valid in some other fragment`,
  };
}

function remarks(member: Member, asked: AskedCode, options: JudgeOptions): readonly CodeIssue[] {
  const { isAbstract, isInactive, code } = member;
  const issues: CodeIssue[] = [];
  if (isAbstract && options.abstract === false)
    issues.push({
      severity: 'error',
      code: 'business-rule',
      kind: 'code-rule',
      element: 'code',
      text: `The code '${code}' is abstract, and not for use by itself`,
    });
  if (isInactive)
    issues.push({
      severity: 'warning',
      code: 'business-rule',
      kind: 'code-comment',
      element: 'code',
      text: `The concept '${code}' is not active, and its use should be reviewed`,
    });
  const wrong = asked.display === undefined ? undefined : wrongDisplay(member, asked.display, options);
  return wrong ? [...issues, wrong] : issues;
}

const folded = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();

function wrongDisplay(
  member: Member,
  given: string,
  { language, lenientDisplay }: JudgeOptions,
): CodeIssue | undefined {
  const { display = member.code, ownDisplay = display } = member;
  const texts = [display, ownDisplay, ...member.designations.map(({ value }) => value)];
  if (texts.some((text) => folded(text) === folded(given))) return undefined;
  const right = displayIn(member, language) ?? member.code;
  return {
    severity: lenientDisplay ? 'warning' : 'error',
    code: 'invalid',
    kind: 'invalid-display',
    element: 'display',
    text: `Wrong Display Name '${given}' for ${member.system}#${member.code}. Valid display is '${right}'`,
  };
}
