import { Refused, type Refusal } from '../../../refusal/refusal.js';
import { touched } from '../../../scope/policies/masked-constraints.js';
import { writtenPaths } from '../../../scope/policies/judge-policies.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { Include } from '../../../r4/search/links/include.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import type { SortRule } from '../../../r4/search/query/search-request.js';

/** A parameter that an answer depends on. */
interface Used {
  readonly type: string;
  readonly code: string;
  readonly parameter: SearchParameter | undefined;
}

/** A used parameter with its place in the request, as the advice to do without it. */
type Advised = Used & { readonly advice: string };

/** Elements that a search, or a condition, compares. */
export interface SearchedElements {
  /** By type. */
  readonly criteria: ReadonlyMap<string, readonly Criterion[]>;
  /** The names of those that the request has; the others come from its path. */
  readonly written: ReadonlyMap<Criterion, string>;
  readonly path?: string;
  readonly sort?: readonly SortRule[];
  readonly includes?: readonly Include[];
}

type Find = (type: string, code: string) => SearchParameter | undefined;

/** Throws {@link Refused} where an answer would depend on elements that the caller is not shown. */
export function requireUnmasked(context: RequestContext, looked: SearchedElements, find: Find): void {
  const used = new Map<string, Advised>();
  for (const one of usedBy(looked, find)) used.set(`${one.type}.${one.code} ${one.advice}`, one);
  const [first, ...others] = [...used.values()].flatMap((one) => maskedUse(context, one));
  if (first) throw new Refused([first, ...others]);
}

function usedBy(looked: SearchedElements, find: Find): readonly Advised[] {
  const { criteria, sort = [], includes = [] } = looked;
  const named = (type: string, code: string): Used => ({ type, code, parameter: find(type, code) });
  return [
    ...[...criteria].flatMap(([type, list]) => [
      ...list.flatMap((criterion) =>
        usedByCriterion(type, criterion, find).map((one) => ({
          ...one,
          advice: withoutCriterion(looked, type, criterion, one),
        })),
      ),
      ...sort.map(({ by }) => ({ ...named(type, by), advice: `Leave ${by} out of _sort.` })),
    ]),
    ...includes.flatMap(({ links, text }) =>
      links.map(({ type, parameter }) => ({ ...named(type, parameter), advice: withoutInclude(text) })),
    ),
  ];
}

function withoutCriterion(
  { written, path = '' }: SearchedElements,
  type: string,
  criterion: Criterion,
  { code }: Used,
): string {
  const name = written.get(criterion);
  if (name !== undefined) return `Leave ${name === '_filter' ? `${code} out of _filter` : `${printable(name)} out`}.`;
  return path.endsWith('*')
    ? `Name the types that you need in _type, without ${type}.`
    : `Search ${type} by other criteria than ${path}.`;
}

const withoutInclude = (text: string): string =>
  text.endsWith('*') ? `Name the includes that you need instead of ${text}.` : `Leave ${text} out.`;

function usedByCriterion(type: string, criterion: Criterion, find: Find): readonly Used[] {
  switch (criterion.kind) {
    case 'filter':
      return [{ type, code: criterion.filter.parameter.code, parameter: criterion.filter.parameter }];
    case 'hierarchy': {
      const { parameter, by } = criterion;
      return [
        { type, code: parameter, parameter: find(type, parameter) },
        { type: criterion.type, code: by, parameter: find(criterion.type, by) },
      ];
    }
    case 'not':
      return usedByCriterion(type, criterion.of, find);
    case 'any':
    case 'all':
      return criterion.of.flatMap((one) => usedByCriterion(type, one, find));
    default: {
      const holder = criterion.kind === 'chain' ? criterion.from : criterion.type;
      const link = { type: holder, code: criterion.parameter, parameter: find(holder, criterion.parameter) };
      return [link, ...criterion.criteria.flatMap((one) => usedByCriterion(criterion.type, one, find))];
    }
  }
}

function maskedUse(context: RequestContext, { type, code, parameter, advice }: Advised): readonly Refusal[] {
  const isOfWords = parameter !== undefined && parameter.expression === undefined;
  // Words are those of the resources inside as well.
  for (const one of isOfWords ? resourceTypes : [type]) {
    for (const mask of context.masksOf(one)) {
      const elements = isOfWords ? mask.elements : touched(parameter, one, mask);
      if (elements.length === 0) continue;
      const shown = isOfWords ? 'looks at the words of whole resources' : 'depends on what you are not shown';
      const fact = `The search parameter ${code} of ${type} ${shown}; the policy ${mask.policy} masks ${writtenPaths(one, elements)}.`;
      const cure = `${advice} GET $my-access names the elements that you are not shown.`;
      return [{ code: 'element-masked', fact, cure }];
    }
  }
  return [];
}
