import { describe, expect, it } from 'vitest';
import { SearchOffer } from './search-offer.js';
import { SearchParameters } from './search-parameters.js';

const parameters = new SearchParameters();
const [first, second, third] = ['family', 'given', 'gender'].map((code) => parameters.find('Patient', code)!);
const offerOf = (...lists: readonly (readonly (typeof first)[])[]): SearchOffer => {
  const offer = new SearchOffer(new SearchParameters());
  for (const list of lists) offer.add(...list.map((one) => one!));
  return offer;
};
const codesOf = (offer: SearchOffer) => offer.for('Patient').map(({ code }) => code);

describe('what an application offers', () => {
  it('is what it was given, whatever others were given that begins alike', () => {
    const [both, one, other, all] = [
      offerOf([first, second]),
      offerOf([first]),
      offerOf([first, third]),
      offerOf([first, second], [third]),
    ];
    expect([codesOf(both), codesOf(one), codesOf(other)].map((codes) => codes.toSorted())).toEqual([
      ['family', 'given'],
      ['family'],
      ['family', 'gender'],
    ]);
    expect(codesOf(all).toSorted()).toEqual(['family', 'gender', 'given']);
    expect(codesOf(offerOf([first, second])).toSorted()).toEqual(['family', 'given']);
    expect(codesOf(offerOf())).toEqual([]);
  });
});
