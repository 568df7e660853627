import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { ExplainedStatement, PlannedRun } from '../../storage/searching/explain-statement.js';

/** Throws 400 unless the setting offers `_explain=true`. ScopeGuard has decided whether the caller may ask for it. */
export function requireExplainOffered(isOn: boolean): void {
  if (isOn) return;
  throw new InvalidRequest({
    code: 'not-supported',
    diagnostics: '_explain is off on this server. The setting SEARCH_EXPLAIN=on offers it.',
    location: ['http._explain'],
  });
}

/**
 * The answer to `_explain=true`, in place of the Bundle: a Parameters resource with a `statement` for the page, or for
 * the count where nothing else is asked for. Includes and totals beside a page are statements of their own, and not part of
 * it. Where Consents may limit the caller there are two, and `when` says which one is sent. Parts: `sql`, `values` (how many),
 * `value` (each, in the order of the placeholders), `access` (the condition of each type's access; `true` is every row),
 * and, unless the access limits rows or there are other tenants, `index` (each that was used), `rows`, `milliseconds` and
 * `plan` (the text of EXPLAIN's JSON).
 */
export const explanationText = (statements: readonly ExplainedStatement[]): string =>
  JSON.stringify({
    resourceType: 'Parameters',
    parameter: statements.map((one) => ({ name: 'statement', part: partsOf(one) })),
  });

const partsOf = ({ sql, when, values, access, run, withheld }: ExplainedStatement) => [
  ...(when === undefined ? [] : [{ name: 'when', valueString: when }]),
  ...(sql === '' ? [] : [{ name: 'sql', valueString: sql }]),
  { name: 'values', valueInteger: values.length },
  ...values.map((value) => ({ name: 'value', valueString: JSON.stringify(value) })),
  ...access.map(({ type, predicate }) => ({
    name: 'access',
    part: [
      { name: 'type', valueCode: type },
      { name: 'condition', valueString: predicate },
    ],
  })),
  ...(run ? partsOfRun(run) : withheld === undefined ? [] : [{ name: 'withheld', valueString: withheld }]),
];

const partsOfRun = ({ indexes, rows, milliseconds, plan }: PlannedRun) => [
  ...indexes.map((index) => ({ name: 'index', valueString: index })),
  { name: 'rows', valueInteger: rows },
  { name: 'milliseconds', valueDecimal: milliseconds },
  { name: 'plan', valueString: plan },
];
