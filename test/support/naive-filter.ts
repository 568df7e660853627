import fc from 'fast-check';
import {
  dateInterval,
  folded,
  matchesDate,
  matchesNumber,
  matchesToken,
  type NaiveCoding,
  type NaivePrefix,
  periodInterval,
  prefixes,
} from './naive-search.js';

/** https://hl7.org/fhir/R4/search_filter.html on plain objects: a filter as text, and what it means. */

// oxlint-disable-next-line typescript/no-explicit-any -- resources of any form
export type Row = any;

export interface NaiveFilter {
  readonly text: string;
  readonly matches: (row: Row) => boolean;
}

export const families = ['Äbebab', 'abebabe E', 'ABÉB', 'abebaä|b', 'b,eb(a)b]', 'say "x\\y"'] as const;
export const codes = ['x', 'X', 'y', 'x,y'] as const;
export const systems = ['urn:a', 'urn:b'] as const;
export const practitioners = ['Practitioner/1', 'Practitioner/2', 'Organization/1'] as const;
export const dates = ['2000', '2001', '2000-02', '2000-12', '2000-02-29', '2000-12-31', '2001-01-01'] as const;
export const numbers = ['0', '1', '1.0', '1.5', '-1', '10', '0.95', '1.04'] as const;

const quoted = (text: string): string => JSON.stringify(text);

/** One value of several, as R4 says of sets. */
const some =
  <T>(values: (row: Row) => readonly T[], matches: (value: T) => boolean) =>
  (row: Row): boolean =>
    values(row).some(matches);

const familyOf = ({ name = [] }: Row): readonly string[] => name.map(({ family }: Row) => folded(family));
const codesOf = ({ identifier = [] }: Row): readonly NaiveCoding[] =>
  identifier.map(({ system, value }: Row) => ({ system, code: value }));
const practitionersOf = ({ generalPractitioner = [] }: Row): readonly string[] =>
  generalPractitioner.map(({ reference }: Row) => reference);
const birthOf = ({ birthDate }: Row) => (birthDate === undefined ? [] : [dateInterval(birthDate)]);
const valueOf = ({ valueQuantity }: Row): readonly number[] => (valueQuantity ? [valueQuantity.value] : []);
const timeOf = ({ effectivePeriod: period }: Row) => (period ? [periodInterval(period.start, period.end)] : []);

const comparesText: Readonly<Record<string, (value: string, asked: string) => boolean>> = {
  eq: (value, asked) => value === asked,
  ne: (value, asked) => value !== asked,
  co: (value, asked) => value.includes(asked),
  sw: (value, asked) => value.startsWith(asked),
  ew: (value, asked) => value.endsWith(asked),
};

const part = fc
  .tuple(fc.constantFrom(...families), fc.nat(4), fc.integer({ min: 1, max: 9 }))
  .map(([text, from, length]) => text.slice(from, from + length))
  .filter((text) => folded(text) !== '');

const byFamily = fc
  .tuple(fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew'), fc.oneof(fc.constantFrom(...families), part))
  .map(([operator, text]) => ({
    text: `family ${operator} ${quoted(text)}`,
    matches: some(familyOf, (value) => comparesText[operator]!(value, folded(text))),
  }));

const byIdentifier = fc
  .tuple(fc.constantFrom('eq', 'ne'), fc.constantFrom(undefined, '', ...systems), fc.constantFrom(...codes))
  .map(([operator, system, code]) => ({
    text: `identifier ${operator} ${system === undefined ? '' : `${system}|`}${code}`,
    matches: some(
      codesOf,
      (value) => matchesToken({ code, ...(system !== undefined && { system }) }, value) === (operator === 'eq'),
    ),
  }));

const byPractitioner = fc
  .tuple(fc.constantFrom('eq', 're', 'ne'), fc.constantFrom(...practitioners))
  .map(([operator, reference]) => ({
    text: `general-practitioner ${operator} ${reference}`,
    matches: some(practitionersOf, (value) => (value === reference) === (operator !== 'ne')),
  }));

const byDate = (name: string, valuesOf: (row: Row) => readonly { readonly low: number; readonly high: number }[]) =>
  fc.tuple(fc.constantFrom(...prefixes, 'po' as const), fc.constantFrom(...dates)).map(([operator, date]) => {
    const asked = dateInterval(date);
    return {
      text: `${name} ${operator} ${date}`,
      matches: some(valuesOf, (value) =>
        operator === 'po' ? value.low < asked.high && value.high > asked.low : matchesDate(operator, asked, value),
      ),
    };
  });

const byValue = fc
  .tuple(fc.constantFrom<NaivePrefix>(...prefixes), fc.constantFrom(...numbers))
  .map(([operator, number]) => ({
    text: `value-quantity ${operator} ${number}`,
    matches: some(valueOf, (value) => matchesNumber(operator, number, value)),
  }));

const presence = (elements: Readonly<Record<string, string>>) =>
  fc.tuple(fc.constantFrom(...Object.keys(elements)), fc.boolean()).map(([name, is]) => ({
    text: `${name} pr ${is}`,
    matches: (row: Row) => (row[elements[name]!] !== undefined) === is,
  }));

const ofPatient = fc.oneof(
  byFamily,
  byIdentifier,
  byPractitioner,
  byDate('birthdate', birthOf),
  presence({ family: 'name', identifier: 'identifier', birthdate: 'birthDate' }),
);

/** `and` and `or` from left to right; what is combined stands in parentheses or not. */
function combined(leaf: fc.Arbitrary<NaiveFilter>): fc.Arbitrary<NaiveFilter> {
  const { tree } = fc.letrec<{ tree: NaiveFilter }>((tie) => {
    const inner = fc
      .oneof({ maxDepth: 3 }, leaf, tie('tree'))
      .map(({ text, matches }) => ({ text: `(${text})`, matches }));
    const term = fc.oneof(leaf, inner);
    const negated = inner.map(({ text, matches }) => ({ text: `not ${text}`, matches: (row: Row) => !matches(row) }));
    const more = fc.array(fc.tuple(fc.constantFrom('and', 'or'), fc.oneof(term, negated)), { maxLength: 3 });
    return {
      tree: fc.tuple(fc.oneof(term, negated), more).map(([first, others]) =>
        others.reduce<NaiveFilter>(
          (left, [word, right]) => ({
            text: `${left.text} ${word} ${right.text}`,
            matches: (row) =>
              word === 'and' ? left.matches(row) && right.matches(row) : left.matches(row) || right.matches(row),
          }),
          first,
        ),
      ),
    };
  });
  return tree;
}

export const patientFilters = combined(ofPatient);

/** Along `subject`, plainly and with what the same patient satisfies beside it. */
export const observationFilters = (patientOf: (row: Row) => Row): fc.Arbitrary<NaiveFilter> => {
  const linked = fc
    .tuple(fc.constantFrom('subject', 'subject:Patient', 'patient'), fc.option(patientFilters), ofPatient)
    .map(([name, beside, filter]) => ({
      text: `${name}${beside ? `[${beside.text}]` : ''}.${filter.text}`,
      matches: (row: Row) => {
        const patient = patientOf(row);
        return patient !== undefined && filter.matches(patient) && (beside?.matches(patient) ?? true);
      },
    }));
  return combined(
    fc.oneof(
      linked,
      byValue,
      byDate('date', timeOf),
      presence({ 'value-quantity': 'valueQuantity', date: 'effectivePeriod' }),
    ),
  );
};

/** Filters by resources that refer to a patient. */
export const reverseFilters = (observationsOf: (row: Row) => readonly Row[]): fc.Arbitrary<NaiveFilter> =>
  combined(
    fc.oneof(
      ofPatient,
      byValue.map(({ text, matches }) => ({
        text: `_has:Observation:subject:${text}`,
        matches: (row: Row) => observationsOf(row).some(matches),
      })),
    ),
  );
