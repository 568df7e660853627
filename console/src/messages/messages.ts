import { createContext, useContext } from 'react';
import type en from './en.json';

/** The languages there are; a further one is a file like `de.json` and a line here. */
export const languages = {
  en: { name: 'English', load: () => import('./en.json') },
  de: { name: 'Deutsch', load: () => import('./de.json') },
} as const;

export type Language = keyof typeof languages;
export type Texts = typeof en;
export type MessageKey = keyof Texts;
/** Keys of messages that differ by a number: `x.one` and `x.other`. */
export type CountKey = MessageKey extends infer K ? (K extends `${infer Key}.other` ? Key : never) : never;
export type Values = Readonly<Record<string, string | number>>;

/** The texts of one language, with numbers and times as they are written in it. */
export interface Messages {
  readonly language: Language;
  /** The text of the key; `{name}` in it is replaced by the value of that name. */
  (key: MessageKey, values?: Values): string;
  /** The text for a number: `{count}` in it is the number. */
  count(key: CountKey, count: number, values?: Values): string;
  number(value: number): string;
  time(value: Date): string;
  dateTime(value: Date): string;
}

/** `place`: a language and country, such as `en-GB`, for numbers and times. */
export function messagesOf(language: Language, texts: Texts, place: string = language): Messages {
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(place);
  const times = new Intl.DateTimeFormat(place, { timeStyle: 'short' });
  const dateTimes = new Intl.DateTimeFormat(place, { dateStyle: 'medium', timeStyle: 'medium' });
  const number = (value: number): string => numbers.format(value);
  const text = (key: MessageKey, values: Values = {}): string => filled(texts[key], values);
  return Object.assign(text, {
    language,
    number,
    time: (value: Date) => times.format(value),
    dateTime: (value: Date) => dateTimes.format(value),
    count: (key: CountKey, count: number, values: Values = {}): string => {
      const form = plural.select(count) === 'one' ? 'one' : 'other';
      return text(`${key}.${form}`, { count: number(count), ...values });
    },
  });
}

/** Text with its places filled. A value is text, never a pattern. */
export const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? String(values[name]) : place));

/** The first language of the browser that there are texts for; English otherwise. */
export function preferredLanguage(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in languages);
  return (known as Language | undefined) ?? 'en';
}

export const MessagesContext = createContext<Messages | undefined>(undefined);

/** The texts in the language that was chosen. */
export function useMessages(): Messages {
  const messages = useContext(MessagesContext);
  if (!messages) throw new Error('useMessages needs MessagesProvider above it.');
  return messages;
}
