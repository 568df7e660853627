import { connectionReasons } from '../../database/connection-reasons.js';
import { filled } from '../../r4/errors/filled.js';
import type { en } from './en.js';
import type { CuredKey, DoctorWords, FindingKey, PhraseKey } from './doctor-words.js';

/** A part of a sentence that each language has words for, as the value of a finding or of another phrase. */
export interface Phrase {
  readonly key: PhraseKey;
  readonly values: Values;
}

export type Value = string | number | Phrase;
export type Values = Readonly<Record<string, Value>>;

type PlacesOf<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | PlacesOf<Rest> : never;
type GivenFor<Place extends string> = [Place] extends [never] ? [] : [values: Readonly<Record<Place, Value>>];
type Finding<K extends FindingKey> = (typeof en)['findings'][K];

/** Values of a fact: none where it has no places. */
export type FactValues<K extends FindingKey> = GivenFor<PlacesOf<Finding<K>['fact']>>;
/** Values of a fact and its cure. */
export type CuredValues<K extends CuredKey> = GivenFor<PlacesOf<Finding<K>['fact']> | PlacesOf<Finding<K>['cure']>>;

export const phrase = <K extends PhraseKey>(
  key: K,
  ...[values]: GivenFor<PlacesOf<(typeof en)['phrases'][K]>>
): Phrase => ({ key, values: values ?? {} });

/** Phrase of the code of a failed connection; undefined for an unknown one. */
export const reasonFor = (code: string | undefined): Phrase | undefined =>
  code !== undefined && Object.hasOwn(connectionReasons, code)
    ? { key: code as keyof typeof connectionReasons, values: {} }
    : undefined;

/** The first `most` of the names, and how many more there are. */
export function listing(names: readonly string[], most: number, separator = ', '): Value {
  const shown = names.slice(0, most).join(separator);
  return names.length > most ? phrase('list.more', { names: shown, more: names.length - most }) : shown;
}

/** Values one after the other, with commas. */
export const joined = (values: readonly Value[]): Value =>
  values.reduce((first, next) => phrase('list.comma', { first, next }));

/** A value in the words of a language. Numbers have no separators between thousands, since most stand beside names of settings. */
export function textOf(value: Value, words: DoctorWords): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return value.toLocaleString(words.lang, { useGrouping: false, maximumFractionDigits: 3 });
  return textIn(words.phrases[value.key], value.values, words);
}

/** A text with its places filled in the words of a language. */
export function textIn(text: string, values: Values, words: DoctorWords): string {
  const texts = Object.entries(values).map(([name, value]) => [name, textOf(value, words)] as const);
  return filled(text, Object.fromEntries(texts));
}
