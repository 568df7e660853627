import { printable } from '../../errors/request-errors.js';
import type { CriteriaSettings } from '../query/criteria-settings.js';
import { type Criterion, linksOf } from '../query/criterion.js';
import { findParameter, invalid } from '../query/find-parameter.js';
import { NotSearchable } from '../query/not-searchable.js';
import { parseChain } from '../links/parse-chain.js';
import { isHas, parseHas } from '../links/parse-has.js';
import type { WrittenCriterion } from '../query/parse-parameter.js';
import { compareParameter } from './compare-parameter.js';
import type { Comparison, FilterExpression, PathStep } from './filter-expression.js';
import { readFilterExpression } from './read-filter-expression.js';

const longest = 10_000;
/** More references than this would be a statement that nobody meant. */
const mostLinks = 200;

/**
 * `_filter=name co "pet" and birthdate ge 1980` (https://hl7.org/fhir/R4/search_filter.html): other words for the criteria
 * that search has, so that the same SQL and the same access decide. Throws {@link NotSearchable}, or 400.
 */
export function parseFilterExpression(
  type: string,
  { modifier, value }: WrittenCriterion,
  settings: CriteriaSettings,
): Criterion {
  if (modifier !== undefined) throw new NotSearchable('_filter takes no modifiers.');
  if (value.length > longest) throw invalid('_filter', `it is longer than ${longest} characters.`);
  const criterion = compile(type, readFilterExpression(value), settings);
  if (linksOf([criterion]).length <= mostLinks) return criterion;
  throw invalid(
    '_filter',
    'it leads through too many types; name the type of each reference, as in subject:Patient.name.',
  );
}

function compile(type: string, expression: FilterExpression, settings: CriteriaSettings): Criterion {
  switch (expression.kind) {
    case 'not':
      return { kind: 'not', of: compile(type, expression.of, settings) };
    case 'and':
    case 'or':
      return {
        kind: expression.kind === 'and' ? 'all' : 'any',
        of: expression.of.map((one) => compile(type, one, settings)),
      };
    default:
      return compileComparison(type, expression, expression.path, settings);
  }
}

/** `steps`: what is left of the path, seen from rows of `type`. */
function compileComparison(
  type: string,
  comparison: Comparison,
  [step, ...rest]: readonly PathStep[],
  settings: CriteriaSettings,
): Criterion {
  const { name, filter } = step!;
  if (isHas(name)) return compileHas(type, { comparison, step: step!, rest }, settings);
  if (rest.length === 0) return compareParameter(type, parameterOf(type, name, settings), comparison, settings);
  const place = [name, ...rest.map((one) => one.name)].join('.');
  return parseChain({ type, name: place, value: '' }, settings, (target, _name, _value, inner) => {
    const following = compileComparison(target, comparison, rest, inner);
    return filter ? { kind: 'all', of: [compile(target, filter, inner), following] } : following;
  });
}

interface Reverse {
  readonly comparison: Comparison;
  readonly step: PathStep;
  readonly rest: readonly PathStep[];
}

/** `_has:Observation:patient:code`, what follows may be a path. */
function compileHas(type: string, { comparison, step, rest }: Reverse, settings: CriteriaSettings): Criterion {
  return parseHas({ type, name: step.name, value: '' }, settings, (referrer, name, _value, inner) =>
    compileComparison(referrer, comparison, [{ ...step, name }, ...rest], inner),
  );
}

function parameterOf(type: string, name: string, { offer }: CriteriaSettings) {
  const [code = '', ...more] = name.split(':');
  if (more.length === 0) return findParameter(type, code, offer);
  const fact = 'in _filter operators stand for modifiers, and a type only follows a reference before a point.';
  throw invalid(printable(name), fact);
}
