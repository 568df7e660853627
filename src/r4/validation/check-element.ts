/** Walks a JSON object by the checks of its type (https://hl7.org/fhir/R4/json.html). */
import { isObject, type Json, type JsonObject, maximumDepth } from '../json/json.js';
import { nearest } from '../model/nearest.js';
import { foundText, quoted } from './found-text.js';
import { checkInvariants } from './invariants/invariant.js';
import type { Property, RequiredElement, TypeCheck } from './property.js';
import type { ValidationRun } from './validation-run.js';

/** Checks what stands at the run's path. `isValued`: an id alone is enough, for there is a value beside it. */
export function checkElement(value: Json, check: TypeCheck, run: ValidationRun, isValued = false): void {
  if (!isObject(value)) {
    run.report('wrong-shape', `an object of type ${check.type}`, foundText(value));
  } else if (run.depth >= maximumDepth) {
    run.report('too-deep', `at most ${maximumDepth} levels`, 'more');
  } else {
    const before = run.broken;
    run.depth++;
    const children = checkObject(value, check, run);
    run.depth--;
    if (children === 0 && !(isValued && value['id'] !== undefined)) {
      run.report('ele-1', 'a value or children', value['id'] === undefined ? '{}' : 'only an id');
    }
    if (run.broken === before && !run.full) checkInvariants(check.invariants, value, run);
  }
}

/** The number of properties other than the id. */
function checkObject(object: JsonObject, check: TypeCheck, run: ValidationRun): number {
  let chosen: Property[] | undefined;
  let children = 0;
  for (const name in object) {
    if (run.full) return children;
    if (name !== 'id') children++;
    const property = check.properties.get(name);
    if (property === undefined) {
      reportUnknown(name, check, run);
      continue;
    }
    if (property.isChoice) chosen = choose(property, chosen, run);
    run.path.push(property.element);
    checkProperty(property, object, run);
    run.path.pop();
  }
  for (const required of check.required) {
    if (!isThere(required, object, chosen)) reportMissing(required, run);
  }
  return children;
}

function reportUnknown(name: string, { type, properties }: TypeCheck, run: ValidationRun): void {
  const near = nearest(name, properties.keys());
  const hint = near === undefined ? '' : ` such as "${near}"`;
  run.report('unknown-element', `only elements of ${type}${hint}`, quoted(name));
}

/** Only one type of a choice may be there; its value and its extensions are two properties of one type. */
function choose(property: Property, chosen: Property[] | undefined, run: ValidationRun): Property[] {
  const other = chosen?.find((before) => before.element === property.element);
  if (other && ownerOf(other) !== ownerOf(property)) {
    run.reportAt(property.element, 'several-choices', ['one type only', `${ownerOf(other)} and ${ownerOf(property)}`]);
  }
  return chosen ? [...chosen, property] : [property];
}

const ownerOf = ({ name, siblingOf }: Property): string => siblingOf ?? name;

const isThere = (
  { element, isChoice }: RequiredElement,
  object: JsonObject,
  chosen: readonly Property[] | undefined,
): boolean =>
  isChoice
    ? chosen?.some((property) => property.element === element) === true
    : object[element] !== undefined || object[`_${element}`] !== undefined;

const reportMissing = ({ element, types }: RequiredElement, run: ValidationRun): void =>
  run.reportAt(element, 'missing-element', [`the required element, of type ${types.join(' or ')}`, 'nothing']);

function checkProperty(property: Property, object: JsonObject, run: ValidationRun): void {
  const value = object[property.name] as Json;
  if (property.repeats) checkArray(property, value, object, run);
  else if (value === null) run.report('null-not-allowed', 'a value or no property at all', 'null');
  else if (Array.isArray(value)) run.report('wrong-shape', 'one value, for the element does not repeat', 'an array');
  else property.check(value, run, property.siblingOf !== undefined && hasValue(object[property.siblingOf]));
}

function checkArray(property: Property, value: Json, object: JsonObject, run: ValidationRun): void {
  if (!Array.isArray(value)) {
    run.report('wrong-shape', 'an array, for the element repeats', foundText(value));
    return;
  }
  const items = value as readonly Json[];
  if (items.length === 0) run.report('empty-array', 'at least one item or no property at all', '[]');
  checkItems(property, items, object, run);
}

function checkItems(property: Property, items: readonly Json[], object: JsonObject, run: ValidationRun): void {
  const siblings = property.isPrimitive ? arrayOf(object[`_${property.name}`]) : undefined;
  const values = property.siblingOf === undefined ? undefined : arrayOf(object[property.siblingOf]);
  checkAligned(values, items, run);
  for (let index = 0; index < items.length && !run.full; index++) {
    run.path.push(index);
    const item = items[index]!;
    if (item === null) checkNull((siblings ?? values)?.[index], run);
    else property.check(item, run, hasValue(values?.[index]));
    run.path.pop();
  }
}

/** Item by item, `_given` says more about `given` (https://hl7.org/fhir/R4/json.html#primitive). */
function checkAligned(values: readonly Json[] | undefined, items: readonly Json[], run: ValidationRun): void {
  if (values && values.length !== items.length) {
    run.report('misaligned-siblings', `${values.length} items, one for each value`, `${items.length}`);
  }
}

/** A null stands for a value that has only extensions, or for extensions that a value does not have. */
function checkNull(other: Json | undefined, run: ValidationRun): void {
  if (!hasValue(other)) run.report('null-not-allowed', 'a value', 'null');
}

const hasValue = (value: Json | undefined): boolean => value !== undefined && value !== null;

const arrayOf = (value: Json | undefined): readonly Json[] | undefined =>
  Array.isArray(value) ? (value as readonly Json[]) : undefined;
