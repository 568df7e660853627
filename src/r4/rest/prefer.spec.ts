// https://hl7.org/fhir/R4/http.html#ops, RFC 7240
import { describe, expect, it } from 'vitest';
import { readPrefer } from './prefer.js';

describe('the header Prefer', () => {
  it.each([
    [undefined, {}],
    ['', {}],
    ['return=minimal', { return: 'minimal' }],
    ['return="representation"', { return: 'representation' }],
    ['Return=OPERATIONOUTCOME', { return: 'OperationOutcome' }],
    [
      'respond-async, return=minimal; foo="bar", handling=lenient',
      { return: 'minimal', async: true, handling: 'lenient' },
    ],
    ['return=minimal, return=representation', { return: 'minimal' }],
    ['return=everything, handling=loose', {}],
    ['return', {}],
    ['toString=minimal, __proto__=x', {}],
  ])('%j is %j', (header, expected) => expect(readPrefer(header)).toEqual(expected));
});
