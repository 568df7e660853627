import { InvalidRequest } from '../../errors/fhir-error.js';

const shown = 60;

/** 400: a `_filter` that cannot be read, and where. */
export class FilterSyntaxError extends InvalidRequest {
  constructor(text: string, at: number, fact: string) {
    const rest = text.slice(at, at + shown).replace(/[^\x20-\x7e]/g, '?');
    const place = rest === '' ? 'at its end' : `at character ${at + 1}, before "${rest}"`;
    super({
      code: 'invalid',
      diagnostics: `_filter cannot be read ${place}: ${fact} Example: given eq "Anna" and (birthdate ge 1980 or not (active eq true))`,
      location: ['http._filter'],
    });
  }
}
