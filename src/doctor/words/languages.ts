import { de } from './de.js';
import type { DoctorWords } from './doctor-words.js';
import { en } from './en.js';
import { tongueFor } from '../../oauth2/words/languages.js';

/** The first one is for everybody else. */
export const languages: readonly DoctorWords[] = [en, de];

/** Words for the languages that a user reads, by `Accept-Language` (RFC 9110, 12.5.4): the choice of the pages. */
export function wordsFor(acceptLanguage: string | undefined): DoctorWords {
  const { lang } = tongueFor(acceptLanguage).words;
  return languages.find((words) => words.lang === lang) ?? en;
}
