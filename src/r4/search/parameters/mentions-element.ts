import { supertypes } from '../../model/elements.js';
import type { SearchParameter } from './search-parameter.js';

/** Expressions that may lead anywhere. */
const anywhere = /[*%$]|descendants|children|repeat/;

/**
 * True if the values of a parameter may depend on an element of a type, or on elements below it. The expression is
 * compared word by word: some independent parameters count as dependent, no dependent one as independent.
 */
export function mentionsElement(parameter: SearchParameter, type: string, element: string): boolean {
  const { expression = '', component = [] } = parameter;
  const word = new RegExp(`(?<![A-Za-z0-9_])${element}(?![A-Za-z0-9_])`);
  const own = expression.split('|').filter((part) => mayBeOf(part, type));
  return [...own, ...component.map((one) => one.expression)].some((part) => word.test(part) || anywhere.test(part));
}

/** A part that begins with another type says nothing about this one. */
function mayBeOf(part: string, type: string): boolean {
  const [, first] = /^[\s(]*([A-Z][A-Za-z]*)\./.exec(part) ?? [];
  return first === undefined || supertypes(type).includes(first);
}
