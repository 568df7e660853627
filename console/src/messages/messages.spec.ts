import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import { filled, messagesOf, preferredLanguage, type Texts } from './messages.js';

const sources = fileURLToPath(new URL('..', import.meta.url));
const placesOf = (text: string): readonly string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();
const english: Readonly<Record<string, string>> = en;
const others: Readonly<Record<string, Readonly<Record<string, string>>>> = { de };

describe.each(Object.keys(others))('the texts of the language %s', (language) => {
  const texts = others[language]!;

  it('are those of English, in the same order', () => {
    expect(Object.keys(texts)).toEqual(Object.keys(english));
  });

  it('have the same places as English, and are not empty', () => {
    const wrong = Object.keys(english).filter(
      (key) => texts[key]?.trim() === '' || String(placesOf(texts[key] ?? '')) !== String(placesOf(english[key]!)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('German', () => {
  const words =
    /\b(?:the|of|and|is|are|this|that|with|not|from|which|you|your|they|for|to|it|by|be|has|have|can|what|when|where|who|there|other|each)\b/i;

  it('has no English words', () => {
    expect(Object.entries(de).filter(([, text]) => words.test(text.replace(/\{\w+\}/g, '')))).toEqual([]);
  });

  it('has no sentence of English', () => {
    const same = Object.entries(de).filter(
      ([key, text]) => text === english[key] && /\p{L}+ \p{L}+ \p{L}+/u.test(text),
    );
    expect(same).toEqual([]);
  });

  it('misses no text that stands in a page and not here', () => {
    const pages = (readdirSync(sources, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.tsx'))
      .map((file) => [file, readFileSync(join(sources, file), 'utf8')] as const);
    expect(pages.length).toBeGreaterThan(100);
    const literal =
      />\s*[A-Z][a-z]+ [a-z][^<>{}=;()]*<\/|\b(?:label|title|placeholder|description|aria-label)="[A-Z][a-z]+ [a-z]/;
    expect(pages.filter(([, text]) => literal.test(text)).map(([file]) => file)).toEqual([]);
  });
});

describe('messages', () => {
  it('have a text for one wherever there is one for many', () => {
    const many = Object.keys(english).filter((key) => key.endsWith('.other'));
    expect(many.filter((key) => english[key.replace(/other$/, 'one')] === undefined)).toEqual([]);
  });

  it('fill places with text, whatever that contains', () => {
    expect(filled('{a} and {b}, {c}', { a: '{b}', b: '$&' })).toBe('{b} and $&, {c}');
  });

  it('count, and write numbers, as the language does', () => {
    const texts = { ...de, 'count.one': '{count} Treffer', 'count.other': '{count} Treffer' } as Texts;
    expect(messagesOf('de', texts).number(1234.5)).toBe('1.234,5');
  });

  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr', 'DE'], 'de'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('are chosen for %j', (wanted, language) => {
    expect(preferredLanguage(wanted)).toBe(language);
  });
});
