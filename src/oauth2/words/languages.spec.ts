import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { groupNames, typeGroups } from '../pages/consent/type-groups.js';
import { dayIn } from './dates.js';
import { de } from './de.js';
import { en } from './en.js';
import { languages, tongueFor } from './languages.js';

/** Every text by its place; functions have their number of parameters. */
function textsOf(value: unknown, at = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'function') return [[at, `function`]];
  if (typeof value !== 'object' || value === null) return [[at, String(value)]];
  return Object.entries(value).flatMap(([name, one]) => textsOf(one, `${at}.${name}`));
}

const placesOf = (words: unknown): readonly string[] => textsOf(words).map(([place]) => place);

describe('the languages', () => {
  it.each(languages.map((words) => [words.lang, words] as const))('%s has every text', (_, words) => {
    expect(placesOf(words)).toEqual(placesOf(en));
    for (const [place, text] of textsOf(words)) expect(text, place).not.toMatch(/^\s*$|\s\s/);
  });

  it('share no text but names that are the same word', () => {
    const german = new Map(textsOf(de));
    const same = textsOf(en).filter(([place, text]) => text !== 'function' && german.get(place) === text);
    expect(same.map(([place]) => place)).toEqual(['.secondStep.code', '.patients.name']);
  });

  it.each(languages.map((words) => [words.lang, words] as const))('%s names every type of R4 once', (_, words) => {
    expect(Object.keys(words.types).toSorted()).toEqual([...resourceTypes].toSorted());
    const titles = Object.values(words.types).map(([title]) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('have a group for every type, and each type in one', () => {
    expect(Object.values(typeGroups).flat().toSorted()).toEqual([...resourceTypes].toSorted());
    expect(groupNames).toEqual(Object.keys(en.groups));
  });
});

describe('the language of a page', () => {
  it.each([
    [undefined, undefined, 'en', 'en'],
    ['de', undefined, 'de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', undefined, 'de', 'de-AT'],
    ['fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4', undefined, 'de', 'de'],
    ['en;q=0.5,de;q=0.7', undefined, 'de', 'de'],
    ['en-GB', undefined, 'en', 'en-GB'],
    ['de;q=0,en', undefined, 'en', 'en'],
    ['fr', undefined, 'en', 'en'],
    ['*', undefined, 'en', 'en'],
    ['en', 'de', 'de', 'de'],
    ['de', 'fr en', 'en', 'en'],
    ['de', 'fr', 'de', 'de'],
    ['de', '__proto__ constructor \u0000', 'de', 'de'],
    ['de-!;q=x,,;;', undefined, 'en', 'en'],
  ])('for %j and %j is %s', (accepted, asked, lang, locale) => {
    const found = tongueFor(accepted, asked);
    expect([found.words.lang, found.locale]).toEqual([lang, locale]);
  });

  it('writes days in its form, as far as they are known', () => {
    expect(dayIn('en', '1974-12-25')).toBe('December 25, 1974');
    expect(dayIn('en-GB', '1974-12-25')).toBe('25 December 1974');
    expect(dayIn('de', '1974-12-25T23:59:00+02:00')).toBe('25. Dezember 1974');
    expect(dayIn('de', '1974-12')).toBe('Dezember 1974');
    expect(dayIn('de', '1974')).toBe('1974');
    expect(dayIn('de', 'gestern')).toBe('gestern');
  });
});
