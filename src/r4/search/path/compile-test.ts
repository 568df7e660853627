import { supertypes } from '../../model/elements.js';
import type { Json } from '../../json/json.js';
import { BeyondSubset, type PathExpression } from './path-expression.js';
import { referencedType } from './referenced-type.js';
import { collect, type Evaluation, type Test } from './step.js';
import type { CompilePath, Focus } from './typed-path.js';

type Find = (node: Json, evaluation: Evaluation) => readonly Json[];
type Call = Extract<PathExpression, { kind: 'call' }>;

/** Compiles a criterion of `where`, or a whole expression that is a claim. Throws {@link BeyondSubset}. */
export function compileTest(expression: PathExpression, focus: Focus, compilePath: CompilePath): Test {
  const compile = (part: PathExpression): Test => compileTest(part, focus, compilePath);
  const compileFind = (part: PathExpression, accepts?: (type: string) => boolean): Find =>
    findAll(compilePath(part, focus), accepts);
  const { kind } = expression;
  if (kind === 'and' || kind === 'or') return combined(kind, compile(expression.left), compile(expression.right));
  if (kind === '=' || kind === '!=') {
    return compileEquality(expression.left, expression.right, compileFind, kind === '=');
  }
  if (kind === 'is') return compileIs(expression.of, expression.type);
  if (focus.isInvariant && (kind === 'xor' || kind === 'implies'))
    return joints[kind](compile(expression.left), compile(expression.right));
  if (kind === 'call') return compileCall(expression, compile, compileFind, focus);
  throw new BeyondSubset('A path as criterion.');
}

function either(left: Test, right: Test): Test {
  return (node, evaluation) => {
    const first = left(node, evaluation);
    const second = right(node, evaluation);
    return first === undefined || second === undefined ? undefined : first !== second;
  };
}

function implied(left: Test, right: Test): Test {
  return (node, evaluation) => {
    const first = left(node, evaluation);
    if (first === false) return true;
    const second = right(node, evaluation);
    return first === true || second === true ? second : undefined;
  };
}

/** Of invariants alone: indexes stay as the full engine makes them for search parameters with these. */
const joints = { xor: either, implies: implied } as const;

function findAll(paths: ReturnType<CompilePath>, accepts: (type: string) => boolean = () => true): Find {
  if (!paths.every(({ type }) => accepts(type))) throw new BeyondSubset('Equality of these types.');
  const finds = paths.map(({ steps }) => collect(steps));
  return (node, evaluation) => finds.flatMap((find) => find(node, evaluation));
}

/** Three-valued logic (http://hl7.org/fhirpath/N1/#boolean-logic): the deciding value wins over empty. */
function combined(operator: 'and' | 'or', left: Test, right: Test): Test {
  const deciding = operator === 'or';
  return (node, evaluation) => {
    const first = left(node, evaluation);
    if (first === deciding) return deciding;
    const second = right(node, evaluation);
    if (second === deciding) return deciding;
    return first === undefined || second === undefined ? undefined : !deciding;
  };
}

function compileEquality(
  left: PathExpression,
  right: PathExpression,
  compileFind: (part: PathExpression, accepts: (type: string) => boolean) => Find,
  equal: boolean,
): Test {
  if (right.kind !== 'literal') throw new BeyondSubset('Equality of two paths.');
  const find = compileFind(left, typeof right.value === 'boolean' ? () => true : isText);
  return (node, evaluation) => {
    const found = find(node, evaluation);
    if (found.length === 0) return undefined;
    return (found.length === 1 && found[0] === right.value) === equal;
  };
}

/** Dates and numbers have an equality of their own. */
const isText = (type: string): boolean => supertypes(type).some((name) => name === 'string' || name === 'uri');

function compileIs(of: PathExpression, type: string): Test {
  if (of.kind !== 'call' || of.name !== 'resolve' || of.of.kind !== 'this') throw new BeyondSubset('is.');
  return (node, evaluation) => {
    const referenced = referencedType(node, evaluation.resource);
    return referenced === undefined ? undefined : referenced === type;
  };
}

function compileCall(
  call: Call,
  compile: (part: PathExpression) => Test,
  compileFind: (part: PathExpression) => Find,
  { isInvariant = false }: Focus,
): Test {
  if (call.name === 'empty' && isInvariant) {
    const find = compileFind(call.of);
    return (node, evaluation) => find(node, evaluation).length === 0;
  }
  if (call.name === 'exists') {
    const find = compileFind(call.parameters.length > 0 ? { ...call, name: 'where' } : call.of);
    return (node, evaluation) => find(node, evaluation).length > 0;
  }
  if (call.name === 'hasExtension' && call.parameters.length > 0) {
    const find = compileFind({ ...call, name: 'extension' });
    return (node, evaluation) => find(node, evaluation).length > 0;
  }
  if (call.name === 'not' && call.of.kind !== 'this') {
    const test = compile(call.of);
    return (node, evaluation) => {
      const result = test(node, evaluation);
      return result === undefined ? undefined : !result;
    };
  }
  throw new BeyondSubset(`The function ${call.name} is not compiled.`);
}
