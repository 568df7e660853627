import { choiceProperty, elementsOf } from '../../model/elements.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import { inapplicable } from '../operation-fault.js';

export function unknownElement(type: string, name: string) {
  const elements = elementsOf(type);
  const choice = [...elements].find(([element, { choice: isChoice, types }]) =>
    isChoice ? types.some((option) => choiceProperty(element, option) === name) : false,
  );
  const advice = choice
    ? ` In FHIRPath the choice is named "${choice[0]}", without a type.`
    : suggestion(nearest(name, elements.keys()));
  return inapplicable('not-found', `${type} has no element "${printable(name)}".${advice}`);
}

const suggestion = (name: string | undefined): string => (name === undefined ? '' : ` Did you mean "${name}"?`);
