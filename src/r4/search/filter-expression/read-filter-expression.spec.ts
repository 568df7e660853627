// https://hl7.org/fhir/R4/search_filter.html
import { describe, expect, it } from 'vitest';
import type { FilterExpression } from './filter-expression.js';
import { readFilterExpression } from './read-filter-expression.js';

/** In full parentheses. */
function written(expression: FilterExpression): string {
  if (expression.kind === 'not') return `not(${written(expression.of)})`;
  if (expression.kind !== 'comparison') return `(${expression.of.map(written).join(` ${expression.kind} `)})`;
  const path = expression.path.map(({ name, filter }) => (filter ? `${name}[${written(filter)}]` : name));
  return `${path.join('.')} ${expression.operator} ${JSON.stringify(expression.value)}`;
}

describe('readFilterExpression', () => {
  it.each([
    ['name co "pet"', 'name co "pet"'],
    ['given eq "peter" and birthdate ge 2014-10-10', '(given eq "peter" and birthdate ge "2014-10-10")'],
    ['a eq 1 and b eq 2 or c eq 3', '((a eq "1" and b eq "2") or c eq "3")'],
    ['a eq 1 or b eq 2 and c eq 3', '((a eq "1" or b eq "2") and c eq "3")'],
    ['a eq 1 or (b eq 2 and c eq 3)', '(a eq "1" or (b eq "2" and c eq "3"))'],
    ['not (a eq 1)and b eq 2', '(not(a eq "1") and b eq "2")'],
    ['not( not ( a eq 1 ) )', 'not(not(a eq "1"))'],
    ['((a eq 1))', 'a eq "1"'],
    ['subject:Patient.name eq x', 'subject:Patient.name eq "x"'],
    ['a[b eq "]" or c eq d].e.f re G/1', 'a[(b eq "]" or c eq "d")].e.f re "G/1"'],
    ['_has:Observation:subject:code eq x', '_has:Observation:subject:code eq "x"'],
    [String.raw`a eq "say \"x\\y\" \u00e4"`, String.raw`a eq "say \"x\\y\" ä"`],
    ['code eq http://loinc.org|1234-5', 'code eq "http://loinc.org|1234-5"'],
    ['and eq or', 'and eq "or"'],
    ['notes eq and or orders eq x', '(notes eq "and" or orders eq "x")'],
  ])('%s', (text, expected) => {
    expect(written(readFilterExpression(text))).toBe(expected);
  });

  it('takes long texts', () => {
    const text = `a eq "${String.raw`\\`.repeat(4000)}"`;
    expect(readFilterExpression(text)).toMatchObject({ value: '\\'.repeat(4000) });
  });
});
