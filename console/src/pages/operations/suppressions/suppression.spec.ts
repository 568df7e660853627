import { expect, it } from 'vitest';
import { formOf, nothingTyped, typedFor } from './suppression.js';

const issue = { severity: 'error', code: 'invariant', fact: 'x' };

it('begins a rule with the code, type and element of a finding', () => {
  expect(typedFor({ ...issue, reason: 'us-core-6', expression: 'Patient.name[0].family' })).toEqual({
    ...nothingTyped,
    name: 'us-core-6-patient',
    code: 'us-core-6',
    type: 'Patient',
    path: 'Patient.name.family',
  });
  expect(typedFor({ ...issue, reason: 'dom-6', expression: 'Patient' })).toMatchObject({ type: 'Patient', path: '' });
  expect(typedFor({ ...issue, reason: 'dom-6', expression: "Patient.extension('x')" })).toMatchObject({
    name: 'dom-6',
    type: '',
    path: '',
  });
});

it('begins none for a finding without a code, or one that passes', () => {
  expect(typedFor(issue)).toBeUndefined();
  expect(typedFor({ ...issue, severity: 'information', reason: 'dom-6' })).toBeUndefined();
});

it('sends what is typed, without the name', () => {
  const typed = { ...nothingTyped, name: 'x', code: ' dom-6 ', reason: 'why', until: '2027-01-31' };
  expect(formOf(typed)).toEqual({ code: 'dom-6', reason: 'why', until: '2027-01-31' });
});
