import { isOfLanguage } from '../language.js';
import type { CodeIssue } from './code-issues.js';
import { type Member } from './member.js';

const folded = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();

interface Text {
  readonly value: string;
  readonly language?: string | undefined;
}

/** Remark about a display that is none of a concept in the language asked for; undefined: it is one. */
export function displayIssue(
  member: Member,
  given: string,
  {
    language,
    lenientDisplay,
  }: { readonly language?: string | undefined; readonly lenientDisplay?: boolean | undefined },
): CodeIssue | undefined {
  const texts = textsOf(member);
  const inLanguage = language === undefined ? texts : texts.filter((text) => isOfLanguage(text.language, language));
  const [first] = texts;
  const right = inLanguage.length > 0 ? inLanguage : [first!];
  if (right.some(({ value }) => folded(value) === folded(given))) return undefined;
  return {
    severity: lenientDisplay ? 'warning' : 'error',
    code: 'invalid',
    kind: 'invalid-display',
    element: 'display',
    text: `Wrong Display Name '${given}' for ${member.system}#${member.code}. ${cureOf(inLanguage, first!, language)}`,
  };
}

/** The display comes first. */
function textsOf({ code, display = code, ownDisplay = display, designations, language }: Member): readonly Text[] {
  const own = display === ownDisplay ? [] : [{ value: ownDisplay, language }];
  return [{ value: display, language }, ...own, ...designations];
}

function cureOf(texts: readonly Text[], first: Text, language: string | undefined): string {
  if (texts.length === 0)
    return `There are no valid display names found for language(s) '${language}'. Default display is '${first.value}'`;
  const shown = texts.map(({ value, language: own }) => (own === undefined ? `'${value}'` : `'${value}' (${own})`));
  const choices = shown.length === 1 ? shown[0]! : `one of ${shown.length} choices: ${shown.join(' or ')}`;
  return `Valid display is ${choices} (for the language(s) '${language ?? '--'}')`;
}
