import type { Limit, TypeSight } from '../../../fhir/operations/sight/sight.js';

const limitWords: Readonly<Record<Limit, (rows: number) => string>> = {
  scopes: (rows) => `scopes do not reach ${rows}`,
  policies: (rows) => `policies keep back ${rows}`,
  labels: (rows) => `labels above the clearance keep back ${rows}`,
  consents: (rows) => `Consents keep back ${rows}`,
  'labels-or-consents': (rows) => `labels or Consents keep back ${rows}`,
};

const ways: Readonly<Record<TypeSight['way'], string>> = {
  search: '',
  read: ' They are found by id only, not by a search.',
  none: '',
};

/** The finding about a type with a sentence about it. */
export function withSightWords(sight: TypeSight): TypeSight & { readonly words: string } {
  const { shown, yours, isPart, withheld, way, refusals } = sight;
  const reasons = (Object.entries(withheld) as [Limit, number][]).map(([limit, rows]) => limitWords[limit](rows));
  const of = isPart === true ? `the first ${yours} that you see` : `${yours} that you see`;
  const why = reasons.length === 0 ? '' : ` ${capital(reasons.join(', '))}.`;
  return {
    ...sight,
    words: `Shown are ${shown} of ${of}.${why}${ways[way]}${refusals.map((one) => ` ${one}`).join('')}`,
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
