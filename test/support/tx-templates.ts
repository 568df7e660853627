// Comparison by the templates of HL7's terminology ecosystem tests: `$…$` in an expected answer says what may stand there
import { isDeepStrictEqual } from 'node:util';

type Value = null | boolean | number | string | readonly Value[] | Entries;
interface Entries {
  readonly [name: string]: Value | undefined;
}

const kinds: Readonly<Record<string, RegExp>> = {
  $: /^[\s\S]*$/,
  id: /^[A-Za-z0-9\-.]{1,64}$/,
  uuid: /^(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  url: /^[a-z][a-z0-9+.-]*:\S+$/i,
  token: /^[A-Za-z0-9_-]+$/,
  string: /^\S(?:[\s\S]*\S)?$/,
  date: /^\d{4}(?:-\d\d(?:-\d\d)?)?$/,
  instant: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  semver: /^\d+\.\d+(?:\.\d+)?(?:-[A-Za-z0-9.-]+)?$/,
  version: /^4\.0(?:\.1)?$/,
};

/** Returns the first difference, with its path; undefined: the answer is right. */
export function differenceFrom(expected: Value, actual: Value | undefined, path = '$'): string | undefined {
  if (actual === undefined) return `${path} is missing`;
  if (typeof expected === 'string') return textDifference(expected, actual, path);
  if (isList(expected)) return isList(actual) ? listDifference(expected, actual, path) : `${path} is no array`;
  if (isEntries(expected))
    return isEntries(actual) ? entriesDifference(expected, actual, path) : `${path} is no object`;
  return isDeepStrictEqual(expected, actual) ? undefined : unlike(path, expected, actual);
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isEntries = (value: Value): value is Entries => typeof value === 'object' && value !== null && !isList(value);

const unlike = (path: string, expected: Value, actual: Value): string =>
  `${path}: wanted ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`;

function textDifference(expected: string, actual: Value, path: string): string | undefined {
  const isIt = typeof actual === 'string' && textMatches(expected, actual);
  return isIt ? undefined : unlike(path, expected, actual);
}

function textMatches(expected: string, actual: string): boolean {
  const template = /^\$(.*)\$$/s.exec(expected)?.[1];
  if (template === undefined) return expected.replaceAll('$version$', '4.0.1') === actual;
  const [, kind = template, rest] = /^(choice|fragments|external):(.*)$/s.exec(template) ?? [];
  if (kind === 'choice') return rest!.split('|').includes(actual);
  // `external:N:a|b`: no file of messages is given, so that the fragments count.
  const fragments = kind === 'external' ? rest!.split(':').slice(1).join(':') : rest;
  if (fragments !== undefined)
    return fragments.split('|').every((one) => actual.toLowerCase().includes(one.toLowerCase()));
  return (kinds[kind === '' ? '$' : kind] ?? /^\b$/).test(actual);
}

function entriesDifference(expected: Entries, actual: Entries, path: string): string | undefined {
  const mayLack = namesIn(expected['$optional-properties$']);
  const counted = namesIn(expected['$count-arrays$']);
  const names = Object.keys(expected).filter((name) => !name.startsWith('$'));
  for (const name of names) {
    const [wanted, found] = [expected[name], actual[name]];
    if (found === undefined && (mayLack.includes(name) || mayLack.includes('*') || isOptional(wanted!))) continue;
    const difference = counted.includes(name)
      ? countDifference(wanted, found, `${path}.${name}`)
      : differenceFrom(wanted!, found, `${path}.${name}`);
    if (difference !== undefined) return difference;
  }
  const more = Object.keys(actual).find((name) => !names.includes(name) && actual[name] !== undefined);
  return more === undefined ? undefined : `${path}.${more} is not expected: ${JSON.stringify(actual[more])}`;
}

/** Marked so, or a list of such. */
const isOptional = (one: Value): boolean =>
  isList(one) ? one.every(isOptional) : isEntries(one) && one['$optional$'] !== undefined;

const namesIn = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [];

function countDifference(wanted: Value | undefined, found: Value | undefined, path: string): string | undefined {
  const [some, others] = [namesIn(wanted).length, namesIn(found).length];
  return some === others ? undefined : `${path}: wanted ${some} items, found ${others}`;
}

/** The order of items does not matter. Optional ones are looked for last. */
function listDifference(expected: readonly Value[], actual: readonly Value[], path: string): string | undefined {
  const left = [...actual];
  for (const wanted of expected.toSorted((a, b) => Number(isOptional(a)) - Number(isOptional(b)))) {
    const found = left.findIndex((one) => differenceFrom(wanted, one) === undefined);
    if (found >= 0) left.splice(found, 1);
    else if (!isOptional(wanted)) return `${path}[]: wanted ${JSON.stringify(wanted)}, left ${JSON.stringify(left)}`;
  }
  return left.length === 0 ? undefined : `${path}[] is not expected: ${JSON.stringify(left)}`;
}
