import { mentionsElement } from '../../r4/search/parameters/mentions-element.js';
import type { SearchParameter } from '../../r4/search/parameters/search-parameter.js';
import type { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { writtenPaths, type Mask } from './judge-policies.js';
import type { Constraint } from '../grammar/scope-constraints.js';
import type { TokenScopes, UsableScope } from '../grammar/token-scopes.js';

/** Returns the masks of a type. */
export type MasksOf = (type: string) => readonly Mask[];

/** Returns the masked elements that the values of a parameter may depend on; all of them where that cannot be known. */
export const touched = (parameter: SearchParameter | undefined, type: string, { elements }: Mask): readonly string[] =>
  parameter === undefined
    ? elements
    : elements.filter((path) => mentionsElement(parameter, type, path.split('.', 1)[0]!));

/**
 * Returns why criteria of a scope count for nothing on a type: the rows they find would reveal masked elements to the
 * caller, who chose the criteria.
 */
export function whyMasked(
  constraints: readonly Constraint[],
  type: string,
  masksOf: MasksOf,
  parameters: SearchParameters,
): string | undefined {
  for (const { name } of constraints) {
    const parameter = parameters.find(type, name);
    for (const mask of parameter ? masksOf(type) : []) {
      const elements = touched(parameter, type, mask);
      const masked = `the policy ${mask.policy} masks ${writtenPaths(type, elements)}`;
      if (elements.length > 0) return `${name} looks at what the caller is not shown; ${masked}`;
    }
  }
  return undefined;
}

/** Scopes whose criteria look at what is masked are ignored; for `*` that is decided type by type. */
export function ignoreMasked(
  { usable, ignored, administrative }: TokenScopes,
  masksOf: MasksOf,
  parameters: SearchParameters,
): TokenScopes {
  const whyNot = ({ type, constraints }: UsableScope) =>
    type === '*' ? undefined : whyMasked(constraints, type, masksOf, parameters);
  const why = new Map(usable.map((scope) => [scope, whyNot(scope)]));
  return {
    usable: usable.filter((scope) => why.get(scope) === undefined),
    ignored: [
      ...ignored,
      ...usable.flatMap((scope) => {
        const masked = why.get(scope);
        return masked === undefined
          ? []
          : { text: scope.text, code: 'element-masked' as const, why: masked, meant: scope };
      }),
    ],
    administrative,
  };
}
