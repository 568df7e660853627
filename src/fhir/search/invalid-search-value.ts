import { InvalidRequest } from '../model/fhir-error.js';

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
