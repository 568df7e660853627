import type { en } from './en.js';

type English = typeof en;
export type FindingKey = keyof English['findings'];
export type PhraseKey = keyof English['phrases'];
/** Keys of findings that have a cure. */
export type CuredKey = { [K in FindingKey]: English['findings'][K] extends { cure: string } ? K : never }[FindingKey];

/** Words of the doctor in one language, with every key of English. A further language is one file like `de.ts`, and its name in `languages.ts`. */
export interface DoctorWords {
  /** BCP 47. */
  readonly lang: string;
  readonly groups: Readonly<Record<keyof English['groups'], string>>;
  readonly phrases: Readonly<Record<PhraseKey, string>>;
  readonly findings: { readonly [K in FindingKey]: Readonly<Record<keyof English['findings'][K], string>> };
}
