import { parseReference } from '../model/reference.js';
import { isResourceType, suggestType } from '../model/resource-types.js';
import { parseDateInterval } from './date-interval.js';
import type { Filter, FilterValue, Prefix } from './filter.js';
import { InvalidSearchValue } from './invalid-search-value.js';
import { normalise } from './normalise.js';
import type { SearchParameter } from './search-parameter.js';
import { splitEscaped, unescapeValue } from './split-escaped.js';

type ParseValue = (parameter: SearchParameter, text: string, base: string) => FilterValue;

const id = /^[A-Za-z0-9\-.]{1,64}$/;
const absoluteUrl = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;
const control = /\p{Cc}/u;
const datePrefix = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=\d)/;

const parsers: Partial<Record<SearchParameter['type'], ParseValue>> = {
  token: parseToken,
  reference: parseReferenceValue,
  date: parseDate,
  string: parseString,
  uri: parseUri,
};

/** The types of parameters that search and granular scopes can use. */
export const parsableTypes: readonly string[] = Object.keys(parsers);

/**
 * Reads the value of a search criterion or of a granular scope (https://hl7.org/fhir/R4/search.html#ptypes): comma means
 * OR. Percent-decoding has been done. With `base`, absolute references on the server's own base become local ones.
 * Throws {@link InvalidSearchValue}.
 */
export function parseFilter(parameter: SearchParameter, text: string, base = ''): Filter {
  const parse = parsers[parameter.type];
  if (!parse) {
    const fact = `values of type ${parameter.type} cannot be read; only ${parsableTypes.join(', ')} can.`;
    throw new InvalidSearchValue(parameter.code, text, fact, '(none)');
  }
  if (control.test(text)) throw refusal(parameter, text.replace(/\p{Cc}/gu, '?'), 'it has control characters.');
  const values = splitEscaped(text, ',').map((value) => {
    if (value === '') throw refusal(parameter, text, 'a value is empty.');
    return parse(parameter, value, base);
  });
  return { parameter, values };
}

const examples: Record<SearchParameter['type'], string> = {
  token: 'http://loinc.org|8867-4',
  reference: 'Patient/123',
  date: 'ge2024-01-31',
  string: 'Smith',
  uri: 'http://example.org/fhir/ValueSet/1',
  number: '5',
  quantity: '5.4|http://unitsofmeasure.org|mg',
  composite: '8867-4$5',
  special: '',
};

function refusal(parameter: SearchParameter, text: string, fact: string, example?: string): InvalidSearchValue {
  return new InvalidSearchValue(parameter.code, text, fact, example ?? examples[parameter.type]);
}

function parseToken(parameter: SearchParameter, text: string): FilterValue {
  const parts = splitEscaped(text, '|').map(unescapeValue);
  const [first = '', second] = parts;
  if (parameter.code === '_id') {
    if (!id.test(text)) throw refusal(parameter, text, 'an id has 1 to 64 letters, digits, "-" and ".".', '123');
    return { kind: 'token', code: text };
  }
  if (parts.length > 2)
    throw refusal(parameter, text, 'more than one "|"; write "\\|" for one that is part of the code.');
  if (second === undefined) return { kind: 'token', code: first };
  if (first === '' && second === '') throw refusal(parameter, text, 'neither a system nor a code is given.');
  return { kind: 'token', system: first, ...(second !== '' && { code: second }) };
}

function parseReferenceValue(parameter: SearchParameter, text: string, base: string): FilterValue {
  const target = unescapeValue(text);
  if (id.test(target)) return { kind: 'reference', target, anyType: true };
  const local = parseReference(target, base || ' ');
  if (local) {
    checkTarget(parameter, text, local.type);
    if (local.versionId !== undefined) throw refusal(parameter, text, 'it names a version; search by the resource.');
    return { kind: 'reference', target: `${local.type}/${local.id}` };
  }
  if (absoluteUrl.test(target)) return { kind: 'reference', target };
  throw refusal(parameter, text, 'it is neither Type/id, nor an id, nor an absolute URL.', exampleReference(parameter));
}

function checkTarget(parameter: SearchParameter, text: string, type: string): void {
  if (!isResourceType(type)) {
    const suggestion = suggestType(type);
    const hint = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
    throw refusal(parameter, text, `${type} is no resource type.${hint}`, exampleReference(parameter));
  }
  const targets = parameter.target ?? [];
  if (targets.length > 0 && !targets.includes(type) && !targets.includes('Resource')) {
    const fact = `it never refers to ${type}, only to ${targets.slice(0, 10).join(', ')}${targets.length > 10 ? ' …' : ''}.`;
    throw refusal(parameter, text, fact, exampleReference(parameter));
  }
}

const exampleReference = (parameter: SearchParameter): string => `${parameter.target?.[0] ?? 'Patient'}/123`;

function parseDate(parameter: SearchParameter, text: string): FilterValue {
  const prefix = (datePrefix.exec(text)?.[1] ?? 'eq') as Prefix;
  const date = datePrefix.test(text) ? text.slice(2) : text;
  const interval = parseDateInterval(date);
  if (interval) return { kind: 'date', prefix, ...interval };
  throw refusal(parameter, text, dateFact(date));
}

function dateFact(date: string): string {
  if (/T.* \d\d:\d\d$/.test(date)) return 'the "+" of a time zone is written "%2B" in a URL.';
  if (/^[a-z]{2}\d{4}/.test(date)) return 'prefixes are eq, ne, gt, lt, ge, le, sa, eb and ap.';
  if (/^\d{4}-\d\d-\d\d/.test(date)) return 'there is no such date or time.';
  return 'it is no date of the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss] with Z or an offset.';
}

function parseString(parameter: SearchParameter, text: string): FilterValue {
  const prefix = normalise(unescapeValue(text));
  if (prefix === '') throw refusal(parameter, text, 'it is blank.');
  return { kind: 'string', prefix };
}

function parseUri(parameter: SearchParameter, text: string): FilterValue {
  const uri = unescapeValue(text);
  if (/\s/.test(uri)) throw refusal(parameter, text, 'a URI has no spaces.');
  return { kind: 'uri', uri };
}
