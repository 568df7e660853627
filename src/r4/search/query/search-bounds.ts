import { InvalidRequest } from '../../errors/fhir-error.js';
import { type Criterion, linksOf, within } from './criterion.js';
import type { Filter, FilterValue } from './filter.js';

/** Bounds of one search (docs/adr/0054), checked before the database is asked. */
export interface SearchBounds {
  /** Values of all criteria, each as often as a chain looks for it in another type. */
  readonly searchValues: number;
}

/** Criteria of a search of one type, and of several: each is asked of every type. */
const mostCriteria = 100;
const mostOfSeveralTypes = 50;
/** /metadata lists some 200 for one type. */
const mostIncludes = 500;
/** References that all criteria follow, through all types: more would be a statement that nobody meant. */
const mostLinks = 200;
/** Values that no index and no sorted list finds. */
const mostSingly = 500;

/** 400 */
export class TooCostly extends InvalidRequest {
  constructor(fact: string, cure: string) {
    super({ code: 'too-costly', diagnostics: `${fact} ${cure}` });
  }
}

/** Before any value is read: what stands between commas, those with a backslash before them included. */
export function requireFewValues(query: URLSearchParams, { searchValues }: SearchBounds): void {
  let count = 0;
  for (const [, value] of query) {
    count++;
    for (let at = value.indexOf(','); at !== -1; at = value.indexOf(',', at + 1)) count++;
  }
  if (count > searchValues) throw tooManyValues(`The search has ${count} values.`, searchValues);
}

/** Throws 400 for more criteria or includes than a search of so many types takes. */
export function requireFewParameters(
  asked: { readonly criteria: number; readonly includes: number },
  types: number,
): void {
  const most = types > 1 ? mostOfSeveralTypes : mostCriteria;
  if (asked.criteria > most) {
    const cure = 'Send fewer: values of which any may match stand in one parameter, with commas between them.';
    throw types > 1
      ? new TooCostly(`A search of several types takes ${most} parameters.`, `${cure} Or search one type.`)
      : new TooCostly(`A search takes ${most} criteria.`, cure);
  }
  if (asked.includes <= mostIncludes) return;
  const cure = 'Write Observation:* for all references of a type, or ask for some of it with another search.';
  throw new TooCostly(`A search takes ${mostIncludes} of _include and _revinclude.`, cure);
}

/** `criteria`: those on the rows of each type. Throws 400 with what is too much, and what to do. */
export function requireAffordable(criteria: Iterable<readonly Criterion[]>, bounds: SearchBounds): void {
  const all = [...criteria];
  const links = linksOf(all.flat()).length;
  if (links > mostLinks) {
    const fact =
      `The criteria follow ${links} references, each counted in every type that is searched, and that a chain leads through; ` +
      `they may follow ${mostLinks}.`;
    const cure =
      'Name the type of each reference, as in subject:Patient.name, search fewer types (_type), or send fewer chains.';
    throw new TooCostly(fact, cure);
  }
  for (const ofType of all) requireAffordableValues(filtersOf(ofType), bounds);
}

function requireAffordableValues(filters: readonly Filter[], { searchValues }: SearchBounds): void {
  const values = sum(filters.map((filter) => filter.values.length));
  if (values > searchValues) {
    throw tooManyValues(
      `The search looks for ${values} values, counted in each type that a chain leads to.`,
      searchValues,
    );
  }
  const singly = sum(filters.map(({ values: all }) => sum(all.map(looksOf)) + unitsOf(all)));
  if (singly <= mostSingly) return;
  const fact =
    `The search has ${singly} values that can only be compared one by one: composites, positions, "approximately" (ap), parts of strings ` +
    `(:contains), units of quantities. It may have ${mostSingly}.`;
  throw new TooCostly(
    fact,
    'Send them in several searches, or ask without :contains and with parameters of one component.',
  );
}

const tooManyValues = (fact: string, most: number): TooCostly =>
  new TooCostly(
    `${fact} It may have ${most}, the setting SEARCH_VALUES.`,
    'Send them in several searches, or name what they have in common: a value set (code:in), a List (_list), a start of a date.',
  );

const filtersOf = (criteria: readonly Criterion[]): readonly Filter[] =>
  criteria.flatMap((criterion) => (criterion.kind === 'filter' ? [criterion.filter] : filtersOf(within(criterion))));

const singleKinds: ReadonlySet<FilterValue['kind']> = new Set([
  'composite',
  'near',
  'part-of-string',
  'unequal',
  'words',
]);

const looksOf = (value: FilterValue): number =>
  singleKinds.has(value.kind) || ('prefix' in value && (value.prefix === 'ap' || value.prefix === 'po')) ? 1 : 0;

const unitsOf = (values: readonly FilterValue[]): number =>
  new Set(values.flatMap((value) => (value.kind === 'quantity' ? JSON.stringify(value.unit) : []))).size;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
