import { choiceProperty, elementTypes, isKnownType, propertyType, supertypes } from '../../model/elements.js';
import { isObject } from '../../json/json.js';
import { compileTest } from './compile-test.js';
import { BeyondSubset, type PathExpression, TooCostlyPath } from './path-expression.js';
import type { Focus, TypedPath } from './typed-path.js';
import { filtered, guardedProperty, item, property, type Step, type Test, fromResource } from './step.js';

type Compilers = {
  readonly [Kind in PathExpression['kind']]: (
    expression: Extract<PathExpression, { kind: Kind }>,
    focus: Focus,
  ) => readonly TypedPath[];
};

const compilers: Compilers = {
  this: (_expression, focus) => [{ type: focus.type, steps: [] }],
  resource: (_expression, focus) => [{ type: focus.resourceType, steps: [fromResource] }],
  member: ({ of, name }, focus) => compileMember(of, name, focus),
  cast: ({ of, type }, focus) => compilePath(of, focus).filter((path) => supertypes(path.type).includes(type)),
  call: compileCall,
  item: ({ of, index }, focus) => compileItem(of, index, focus),
  '|': ({ left, right }, focus) => [...compilePath(left, focus), ...compilePath(right, focus)],
  literal: () => {
    throw new BeyondSubset('A literal is no path.');
  },
  is: compileClaim,
  '=': compileClaim,
  '!=': compileClaim,
  and: compileClaim,
  or: compileClaim,
  xor: compileClaim,
  implies: compileClaim,
};

/**
 * Compiles an expression for a focus into one path for each type of value it can reach, so that nothing is left to
 * find out while indexing. Throws {@link BeyondSubset}.
 */
export function compilePath(expression: PathExpression, focus: Focus): readonly TypedPath[] {
  // The table is keyed by kind, which the compiler cannot follow.
  const compile = compilers[expression.kind] as (expression: PathExpression, focus: Focus) => readonly TypedPath[];
  const paths = compile(expression, focus);
  if (focus.budget) spend(focus.budget, paths.length);
  return paths;
}

function spend(budget: { left: number }, paths: number): void {
  budget.left -= 1 + paths;
  if (budget.left < 0) throw new TooCostlyPath('It reaches too many kinds of values.');
}

function compileClaim(expression: PathExpression, focus: Focus): readonly TypedPath[] {
  return [{ type: 'boolean', steps: [computed(compileTest(expression, focus, compilePath))] }];
}

/** A path that yields the result of a test. */
const computed =
  (test: Test): Step =>
  (next) =>
  (node, evaluation) => {
    const result = test(node, evaluation);
    if (result !== undefined) next(result, evaluation);
  };

function compileMember(of: PathExpression, name: string, focus: Focus): readonly TypedPath[] {
  if (of.kind === 'this' && /^[A-Z]/.test(name) && isKnownType(name)) {
    return supertypes(focus.type).includes(name) ? [{ type: focus.type, steps: [] }] : [];
  }
  const paths = compilePath(of, focus);
  // Some types of a choice have the element; the others yield nothing.
  const having = paths.filter(({ type }) => hasMember(type, name));
  return (having.length > 0 ? having : paths).flatMap((path) => membersOf(path, name, focus));
}

const hasMember = (type: string, name: string): boolean =>
  elementTypes(type, name) !== undefined || propertyType(type, name) !== undefined;

function membersOf(path: TypedPath, name: string, { isInvariant }: Focus): readonly TypedPath[] {
  const step = isInvariant ? guardedProperty : property;
  const element = elementTypes(path.type, name);
  if (!element) return [choiceMember(path, name, step)];
  return element.types.map((type) => ({
    type,
    ...(element.system !== undefined && { system: element.system }),
    ...(element.valueSet !== undefined && { valueSet: element.valueSet }),
    steps: [...path.steps, step(element.choice ? choiceProperty(name, type) : name)],
  }));
}

/** `valueDateTime`: many parameters name the property of JSON, where FHIRPath says `value.ofType(dateTime)`. */
function choiceMember(path: TypedPath, name: string, step: (name: string) => Step): TypedPath {
  const found = name.startsWith('_') ? undefined : propertyType(path.type, name);
  if (!found) throw new BeyondSubset(`${path.type} has no element ${name}.`);
  return { type: found.type, steps: [...path.steps, step(name)] };
}

function compileItem(of: PathExpression, index: number, focus: Focus): readonly TypedPath[] {
  const [path, ...more] = compilePath(of, focus);
  if (more.length > 0) throw new BeyondSubset('An item of a union or choice.');
  return path ? [{ ...path, steps: [item(path.steps, index)] }] : [];
}

function compileCall(call: Extract<PathExpression, { kind: 'call' }>, focus: Focus): readonly TypedPath[] {
  const { of, name } = call;
  const [parameter] = call.parameters;
  if (name === 'where' && parameter) return compileWhere(compilePath(of, focus), parameter, focus);
  if (name === 'extension' && parameter?.kind === 'literal') {
    const extensions = compilePath(of, focus).flatMap((path) => membersOf(path, 'extension', focus));
    const hasUrl: Test = (node) => isObject(node) && node['url'] === parameter.value;
    return extensions.map((path) => ({ ...path, steps: [...path.steps, filtered(hasUrl)] }));
  }
  return compileClaim(call, focus);
}

function compileWhere(paths: readonly TypedPath[], criteria: PathExpression, focus: Focus): readonly TypedPath[] {
  return paths.map((path) => {
    const test = compileTest(criteria, { ...focus, type: path.type }, compilePath);
    return { ...path, steps: [...path.steps, filtered(test)] };
  });
}
