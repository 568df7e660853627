import { InvalidRequest } from '../../errors/fhir-error.js';
import type { SearchParameter } from '../parameters/search-parameter.js';

/** Text of the client in a message: enough to recognise it. */
const longest = 100;
const shorten = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);

/** 400: a search value that does not fit its parameter's type. */
export class InvalidSearchValue extends InvalidRequest {
  constructor(
    readonly parameter: string,
    value: string,
    fact: string,
    readonly example: string,
  ) {
    super({
      code: 'value',
      diagnostics: `"${shorten(value)}" is no value for the search parameter "${parameter}": ${fact} Example: ${parameter}=${example}`,
    });
  }
}

const examples: Record<SearchParameter['type'], string> = {
  token: 'http://loinc.org|8867-4',
  reference: 'Patient/123',
  date: 'ge2024-01-31',
  string: 'Smith',
  uri: 'http://example.org/fhir/ValueSet/1',
  number: 'gt0.5',
  quantity: '5.4|http://unitsofmeasure.org|mg',
  composite: 'http://loinc.org|8867-4$gt60',
  special: '48.2|16.4|10|km',
};

/** The error for a value that does not fit; a value of the parameter's type is the example unless another is given. */
export const misfit = (
  { code, type }: Pick<SearchParameter, 'code' | 'type'>,
  text: string,
  fact: string,
  example: string = examples[type],
): InvalidSearchValue => new InvalidSearchValue(code, text, fact, example);
