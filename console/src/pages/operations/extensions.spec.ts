import { describe, expect, it } from 'vitest';
import { type Extension, piecesOf, powersOf } from './extensions.js';

const figures = { calls: 3, errors: 1, refusals: 0 };
const cardio: Extension = {
  name: '@acme/cardio',
  operations: [{ code: 'heart-rate', ...figures, p95Seconds: 0.1 }],
  hooks: [{ name: 'plausible', system: 'counts beats', points: [{ point: 'beforeWrite', ...figures }] }],
  policies: [{ name: 'monitors', ...figures }],
  searchParameters: [],
  parts: [],
};

describe('an extension', () => {
  it('has a row for each piece of its code', () => {
    expect(piecesOf(cardio).map(({ kind, name, calls }) => [kind, name, calls])).toEqual([
      ['operation', '$heart-rate', 3],
      ['hook', 'plausible beforeWrite', 3],
      ['policy', 'monitors', 3],
    ]);
  });

  it('says why it may act as the server', () => {
    expect(powersOf(cardio)).toEqual(['plausible: counts beats']);
  });
});
