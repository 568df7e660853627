import { describe, expect, it } from 'vitest';
import { isOfLanguage, languagesAsked, languagesIn, shorterThan } from './language.js';

describe('languages of a list', () => {
  it('are sorted by weight, and none is what has no weight', () => {
    expect(languagesIn('en;q=0.4, DE-ch, *, fr; q=0, it;q=0.9')).toEqual(['de-ch', 'it', 'en']);
  });

  it('are twenty at most, and none is longer than a language can be', () => {
    expect(languagesIn(Array.from({ length: 50 }, (_, i) => `x-${i}`).join())).toHaveLength(20);
    expect(languagesIn(`${'a-'.repeat(500_000)}a, de`)).toEqual(['de']);
  });
});

describe('a list that asks for languages', () => {
  it('is the first that names one', () => {
    expect([languagesAsked('*', 'fr', 'de'), languagesAsked(undefined, '*;q=0.5'), languagesAsked('')]).toEqual([
      'fr',
      undefined,
      undefined,
    ]);
  });

  it('is told as it was sent, without what names none', () => {
    expect([languagesAsked('de-CH, fr; q=0.5'), languagesAsked('*, de, * ;q=0.1')]).toEqual(['de-CH, fr; q=0.5', 'de']);
  });
});

describe('a shorter language', () => {
  it('loses its last part, and a letter that introduces it (RFC 4647, section 3.4)', () => {
    expect(shorterThan('zh-hant-cn-x-private1')).toEqual(['zh-hant-cn', 'zh-hant', 'zh']);
    expect(shorterThan('de')).toEqual([]);
  });

  it('stands in for a longer one', () => {
    expect([isOfLanguage('de', 'de-CH'), isOfLanguage('de-AT', 'de-CH'), isOfLanguage('de-CH', 'de')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
