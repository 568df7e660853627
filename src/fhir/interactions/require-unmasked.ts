import { Refused, type Refusal } from '../../refusal/refusal.js';
import type { PolicyVerdict } from '../../scope/policies/judge-policies.js';
import type { RequestContext } from '../../scope/request-context.js';
import { resourceTypes } from '../model/resource-types.js';
import type { Criterion } from '../search/criterion.js';
import type { Include } from '../search/include.js';
import { mentionsElement } from '../search/mentions-element.js';
import type { SearchParameter } from '../search/search-parameter.js';
import type { SortRule } from '../search/search-request.js';

/** A parameter that an answer depends on. */
interface Used {
  readonly type: string;
  readonly code: string;
  readonly parameter: SearchParameter | undefined;
}

/** What a search, or a condition, looks at. */
export interface Looked {
  /** By type. */
  readonly criteria: ReadonlyMap<string, readonly Criterion[]>;
  readonly sort?: readonly SortRule[];
  readonly includes?: readonly Include[];
}

type Find = (type: string, code: string) => SearchParameter | undefined;

/** Throws {@link Refused} where an answer would depend on elements that the caller is not shown. */
export function requireUnmasked(context: RequestContext, looked: Looked, find: Find): void {
  const used = new Map<string, Used>();
  for (const one of usedBy(looked, find)) used.set(`${one.type}.${one.code}`, one);
  const [first, ...others] = [...used.values()].flatMap((one) => maskedUse(context, one));
  if (first) throw new Refused([first, ...others]);
}

function usedBy({ criteria, sort = [], includes = [] }: Looked, find: Find): readonly Used[] {
  const named = (type: string, code: string): Used => ({ type, code, parameter: find(type, code) });
  return [
    ...[...criteria].flatMap(([type, list]) => [
      ...list.flatMap((criterion) => usedByCriterion(type, criterion, find)),
      ...sort.map(({ by }) => named(type, by)),
    ]),
    ...includes.flatMap(({ links }) => links.map(({ type, parameter }) => named(type, parameter))),
  ];
}

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

function maskedUse(context: RequestContext, { type, code, parameter }: Used): readonly Refusal[] {
  const isOfWords = parameter !== undefined && parameter.expression === undefined;
  // Words are those of the resources inside as well.
  const masks = isOfWords ? [...resourceTypes].flatMap((one) => context.masksOf(one)) : context.masksOf(type);
  const found = masks.find((one) => isOfWords || touches(parameter, type, one));
  if (!found) return [];
  const elements = (found.elements ?? []).join(', ');
  const shown = isOfWords ? 'looks at the words of whole resources' : 'depends on what you are not shown';
  return [
    {
      code: 'element-masked',
      fact: `The search parameter ${code} of ${type} ${shown}; the policy ${found.policy} masks ${elements}.`,
      cure: `Leave ${code} out. GET $my-access names the elements that you are not shown.`,
    },
  ];
}

/** In doubt it does. */
const touches = (parameter: SearchParameter | undefined, type: string, { elements = [] }: PolicyVerdict): boolean =>
  parameter === undefined || elements.some((path) => mentionsElement(parameter, type, path.split('.', 1)[0]!));
