import { describe, expect, it } from 'vitest';
import { colourOf, isReadiness, partsOf, stateKey } from './health.js';

describe('the parts of a server', () => {
  it('are told one by one, without the whole', () => {
    const readiness = { status: 'degraded', database: 'up', index: 'degraded', indexed: '12 %', '@acme/x/line': 'up' };
    expect(partsOf(readiness)).toEqual([
      { name: 'database', state: 'up', meaning: 'health.part.database' },
      { name: 'index', state: 'degraded', meaning: 'health.part.index' },
      { name: '@acme/x/line', state: 'up' },
    ]);
  });

  it('have words for what the server says, and none for others', () => {
    expect(['up', 'draining', 'new'].map(stateKey)).toEqual(['health.state.up', 'health.state.draining', undefined]);
  });

  it('are red when it is not known how they are', () => {
    expect(['ok', 'degraded', 'new'].map(colourOf)).toEqual(['#1f6b2e', '#a33f00', '#b02525']);
  });
});

it.each([
  [{ status: 'ok' }, true],
  [{ error: 'x' }, false],
  [null, false],
  ['ok', false],
])('%j is an answer about health: %s', (value, expected) => {
  expect(isReadiness(value)).toBe(expected);
});
