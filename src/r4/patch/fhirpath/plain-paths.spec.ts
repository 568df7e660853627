import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { fhirpath } from '../../search/path/fhirpath-package.js';
import { parseSelection } from './parse-selection.js';

const parse = vi.spyOn(fhirpath(), 'parse');
beforeEach(() => void parse.mockClear());
afterAll(() => parse.mockRestore());

const plain = ['Patient', 'Patient.telecom[0].value', 'name[12].given[0]', 'Observation.value.value', 'a_b.c1'];

it.each(plain)('%s is read without the parser, as the parser reads it', (path) => {
  const { text: _text, ...found } = parseSelection(path);
  expect(parse).not.toHaveBeenCalled();
  const { text: _other, ...parsed } = parseSelection(`(${path})`);
  expect(parse).toHaveBeenCalled();
  expect(found).toEqual(parsed);
});

const attempt = (path: string): unknown => {
  try {
    const { text: _text, ...found } = parseSelection(path);
    return found;
  } catch (error) {
    return (error as Error).message;
  }
};

it.each([
  'Patient.text.div',
  'Patient.contains',
  'Timing.day',
  'Patient.name[00]',
  'Patient.name[0][1]',
  'Patient..name',
  'Patient.true',
])('%s is left to the parser', (path) => {
  const found = attempt(path);
  expect(parse).toHaveBeenCalled();
  expect(attempt(`(${path})`)).toEqual(found);
});
