import { describe, expect, it } from 'vitest';
import { languages as pageLanguages } from '../../oauth2/words/languages.js';
import { inWords, resultsOf } from '../doctor-result.js';
import { de } from './de.js';
import { en } from './en.js';
import type { DoctorWords } from './doctor-words.js';
import { languages, wordsFor } from './languages.js';
import { phrase } from './say.js';

/** Every text by its place: `findings clock cure`. */
const textsOf = ({ groups, phrases, findings }: DoctorWords): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({ groups, phrases, ...findings }).flatMap(([part, texts]) =>
      Object.entries(texts).map(([name, text]) => [`${part} ${name}`, text] as const),
    ),
  );

const placesOf = (text = ''): readonly string[] => (text.match(/\{[^}]*\}/g) ?? []).toSorted();

describe.each(languages.map((words) => [words.lang, words] as const))('words of the doctor in %s', (_, words) => {
  const [english, texts] = [textsOf(en), textsOf(words)];

  it('are those of English, with their cures', () => {
    expect([...texts.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it('have the places of English, and are not empty', () => {
    const wrong = [...texts].filter(
      ([place, text]) => text.trim() === '' || String(placesOf(text)) !== String(placesOf(english.get(place))),
    );
    expect(wrong).toEqual([]);
  });
});

it('a language has texts of its own', () => {
  const german = textsOf(de);
  // The whole sentence is a value.
  const given = /^\W*\{\w+\}(?:\W*\{\w+\})*\W*$|^DATABASE_DIRECT_URL: |^IMPLEMENTATION_GUIDES: /;
  const same = [...textsOf(en)].filter(([place, text]) => german.get(place) === text && !given.test(text));
  expect(same).toEqual([]);
});

it('languages of the doctor are those of the pages', () => {
  expect(languages.map(({ lang }) => lang)).toEqual(pageLanguages.map(({ lang }) => lang));
  expect(wordsFor('fr, de-AT;q=0.8').lang).toBe('de');
  expect(wordsFor(undefined).lang).toBe('en');
});

describe('a finding in German', () => {
  const found = resultsOf('issuer https://idp.example');

  it('has phrases, numbers and the name of its group in German', () => {
    const finding = found.failed('clock', 'clock.beyond', {
      whose: phrase('clock.of-issuer'),
      state: phrase('clock.ahead', { seconds: 90.5 }),
      allowed: 60,
    });
    expect(finding).toMatchObject({
      title: 'Issuer https://idp.example',
      fact: 'The clock of the issuer is 90.5 s ahead of ours; CLOCK_SKEW allows 60 s.',
    });
    expect(inWords(finding, de)).toMatchObject({
      group: 'issuer https://idp.example',
      title: 'Aussteller https://idp.example',
      fact: 'Die Uhr des Ausstellers geht gegenüber unserer 90,5 s vor; CLOCK_SKEW erlaubt 60 s.',
      cure: expect.stringContaining('NTP'),
    });
  });

  it('keeps values as they are, whatever they contain', () => {
    const finding = found.ok('x', 'issuer.smart', { member: '{values} $& __proto__', values: '{member}' });
    expect(finding.fact).toBe('{values} $& __proto__: {member}.');
    expect(inWords(finding, de).fact).toBe('{values} $& __proto__ hat {member}.');
  });

  it('has no cure where nothing is wrong', () => {
    expect(inWords(found.ok('x', 'settings.disk', { free: '', folder: '' }), de)).not.toHaveProperty('cure');
  });
});
