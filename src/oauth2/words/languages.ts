import { de } from './de.js';
import { en, type Words } from './en.js';

/** Languages of the pages; the first one is for everybody else. */
export const languages: readonly Words[] = [en, de];

/** A text of ours that is not put into a language yet. */
export type Saying = (words: Words) => string;

/** A language, and how dates are written. */
export interface Tongue {
  readonly words: Words;
  /** BCP 47, such as `de-AT`: that of the user where it is one of the language. */
  readonly locale: string;
}

/** Longer lists are no user's. */
const mostRanges = 20;

/**
 * The language for a user: `ui_locales` (OpenID Connect Core 1.0, 3.1.2.1) before `Accept-Language` (RFC 9110, 12.5.4), English where
 * neither names one that there is.
 */
export function tongueFor(acceptLanguage: string | undefined, uiLocales?: string): Tongue {
  const wanted = [...(uiLocales ?? '').split(/\s+/).slice(0, mostRanges), ...readRanges(acceptLanguage ?? '')];
  for (const range of wanted) {
    const words = languages.find(({ lang }) => lang === range.toLowerCase().split('-', 1)[0]);
    if (words) return { words, locale: localeOf(range) ?? words.lang };
  }
  const [first] = languages;
  return { words: first!, locale: first!.lang };
}

/** The ranges in the order of their weights; those of weight 0 are not wanted. */
function readRanges(header: string): readonly string[] {
  const ranges = header.split(',').slice(0, mostRanges);
  return ranges
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
      const weight = parameters.find((text) => /^q=/i.test(text))?.slice(2);
      return { range, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ range }) => range);
}

function localeOf(range: string): string | undefined {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(range)[0];
  } catch {
    // No language tag.
    return undefined;
  }
}
