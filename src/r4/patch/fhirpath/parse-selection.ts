import { isKnownType } from '../../model/elements.js';
import { type Operands, writeCriteria } from './criteria-text.js';
import { parseFhirPath, type SyntaxNode } from './fhirpath-engine.js';
import { nameOf, stringOf } from './fhirpath-literals.js';
import { malformed } from '../operation-fault.js';
import type { Selection, SelectionStep } from './selection.js';

const maximumLength = 1_000;
const maximumBrackets = 20;
const offered =
  'A path is made of elements, [n], where(), extension(), ofType(), as(), first() and last(), such as ' +
  "Patient.name.where(use = 'official').given[0]";

/** Reads the path of an operation (https://hl7.org/fhir/R4/fhirpatch.html). */
export function parseSelection(text: string): Selection {
  if (text.length > maximumLength) throw malformed(`A path has at most ${maximumLength} characters.`, 'too-long');
  // Nested brackets are slow to parse.
  if ((text.match(/[([{]/g) ?? []).length > maximumBrackets) {
    throw malformed(`A path has at most ${maximumBrackets} opening brackets.`, 'too-costly');
  }
  const steps = readPlain(text) ?? readParsed(text);
  const [first] = steps;
  if (first?.kind !== 'element' || !/^[A-Z]/.test(first.name)) return { text, steps };
  if (!isKnownType(first.name)) throw malformed(`"${first.name}" is not a FHIR type.`);
  return { text, startType: first.name, steps: steps.slice(1) };
}

const plainPath = /^[A-Za-z]\w*(?:\[(?:0|[1-9]\d{0,8})\])?(?:\.[A-Za-z]\w*(?:\[(?:0|[1-9]\d{0,8})\])?)*$/;

/** Names that are words of FHIRPath: the parser says whether they are elements. */
const words =
  /^(?:and|or|xor|implies|div|mod|is|as|in|contains|true|false|(?:year|month|week|day|hour|minute|second|millisecond)s?)$/;

/** Reads elements and their numbers, as most paths are. The parser of FHIRPath takes more than a millisecond for one. Undefined where it has to say what a path is. */
function readPlain(text: string): readonly SelectionStep[] | undefined {
  if (!plainPath.test(text)) return undefined;
  const steps: SelectionStep[] = [];
  for (const part of text.split('.')) {
    const [name = '', index] = part.split(/[[\]]/);
    if (words.test(name)) return undefined;
    steps.push({ kind: 'element', name });
    if (index !== undefined) steps.push({ kind: 'item', index: Number(index) });
  }
  return steps;
}

function readParsed(text: string): readonly SelectionStep[] {
  // `div` is an operator of FHIRPath, but few know that the element of this name needs backticks.
  const tree = parseFhirPath(text) ?? parseFhirPath(text.replace(/\.div(?=$|[.[)\s])/g, '.`div`'));
  if (!tree) throw malformed(`The path is not FHIRPath. ${offered}.`);
  return readSteps(tree);
}

type Read = (operands: Operands, node: SyntaxNode) => readonly SelectionStep[];

const readers: Readonly<Record<string, Read>> = {
  EntireExpression: ([only]) => readSteps(only),
  TermExpression: ([only]) => readSteps(only),
  InvocationTerm: ([only]) => readSteps(only),
  ParenthesizedTerm: ([only]) => readSteps(only),
  InvocationExpression: ([of, invocation]) => [...readSteps(of), ...readSteps(invocation)],
  IndexerExpression: ([of, index]) => [...readSteps(of), { kind: 'item', index: readIndex(index) }],
  TypeExpression: ([of, type], { text }) => {
    if (text !== 'as') throw notSelecting(text);
    return [...readSteps(of), { kind: 'ofType', type: readType(type) }];
  },
  MemberInvocation: (_operands, { text = '' }) => [{ kind: 'element', name: nameOf(text) }],
  ThisInvocation: () => [],
  FunctionInvocation: ([call]) => [readCall(call)],
};

function readSteps(node: SyntaxNode | undefined): readonly SelectionStep[] {
  const read = node && Object.hasOwn(readers, node.type) ? readers[node.type] : undefined;
  if (!node || !read) throw notSelecting(node?.text);
  return read(node.children ?? [], node);
}

const notSelecting = (what: string | undefined) =>
  malformed(`${what === undefined ? 'The path' : `"${what}"`} does not select elements. ${offered}.`, 'not-supported');

const calls: Readonly<Record<string, (parameter: SyntaxNode | undefined) => SelectionStep>> = {
  'where/1': (parameter) => ({ kind: 'where', criteria: writeCriteria(parameter) }),
  'extension/1': (parameter) => ({ kind: 'extension', url: stringOf(parameter) }),
  'ofType/1': (parameter) => ({ kind: 'ofType', type: readType(parameter) }),
  'as/1': (parameter) => ({ kind: 'ofType', type: readType(parameter) }),
  'first/0': () => ({ kind: 'item', index: 0 }),
  'last/0': () => ({ kind: 'item', index: -1 }),
};

function readCall(call: SyntaxNode | undefined): SelectionStep {
  const name = call?.text ?? '';
  const parameters = call?.children?.[1]?.children ?? [];
  const signature = `${name}/${parameters.length}`;
  const read = Object.hasOwn(calls, signature) ? calls[signature] : undefined;
  if (!read) throw notSelecting(`${name}()`);
  return read(parameters[0]);
}

function readIndex(node: SyntaxNode | undefined): number {
  const text = writeCriteria(node);
  if (!/^\d{1,9}$/.test(text)) throw malformed('Only a number selects an item: name[0].');
  return Number(text);
}

/** `Quantity` or `FHIR.Quantity`. */
function readType(node: SyntaxNode | undefined): string {
  const text = writeCriteria(node);
  const names = text
    .replace(/^FHIR\./, '')
    .split('.')
    .map(nameOf);
  const [type = ''] = names;
  if (names.length > 1 || !isKnownType(type)) throw malformed(`"${text}" is not a FHIR type.`);
  return type;
}
