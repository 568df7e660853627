import type { SyntaxNode } from './fhirpath-engine.js';
import { malformed } from '../operation-fault.js';

export type Operands = readonly SyntaxNode[];

// Left out on purpose: whatever calls out, repeats, compares all with all, or matches patterns.
const onCollections = 'exists empty not where all extension hasValue ofType as is first last count';
const onStrings = 'startsWith endsWith contains lower upper length';
const functions = new Set(`${onCollections} ${onStrings}`.split(' '));
const operators = new Set('and or xor implies = != < <= > >= is as in contains'.split(' '));

const binary = ([left, right]: Operands, { text = '' }: SyntaxNode): string => {
  if (!operators.has(text)) throw notOffered(text);
  return `${writeCriteria(left)} ${text} ${writeCriteria(right)}`;
};
const only = ([node]: Operands): string => writeCriteria(node);
const asWritten = (_operands: Operands, { text = '' }: SyntaxNode): string => text;

const writers: Readonly<Record<string, (operands: Operands, node: SyntaxNode) => string>> = {
  AndExpression: binary,
  OrExpression: binary,
  ImpliesExpression: binary,
  EqualityExpression: binary,
  InequalityExpression: binary,
  MembershipExpression: binary,
  TypeExpression: binary,
  TypeSpecifier: asWritten,
  PolarityExpression: ([node], { text = '' }) => text + writeCriteria(node),
  InvocationExpression: ([of, invocation]) => `${writeCriteria(of)}.${writeCriteria(invocation)}`,
  IndexerExpression: ([of, index]) => `${writeCriteria(of)}[${writeCriteria(index)}]`,
  TermExpression: only,
  InvocationTerm: only,
  ParenthesizedTerm: ([node]) => `(${writeCriteria(node)})`,
  LiteralTerm: ([literal], { text = '' }) => {
    if (literal?.type === 'QuantityLiteral') throw notOffered(text);
    return text;
  },
  MemberInvocation: asWritten,
  ThisInvocation: () => '$this',
  FunctionInvocation: only,
  Functn: ([, parameters], { text = '' }) => {
    if (!functions.has(text)) throw notOffered(`${text}()`);
    return `${text}(${(parameters?.children ?? []).map(writeCriteria).join(', ')})`;
  },
};

/** The text of the criteria of `where`, provided that they are harmless: they come from a request. */
export function writeCriteria(node: SyntaxNode | undefined): string {
  const write = node && Object.hasOwn(writers, node.type) ? writers[node.type] : undefined;
  if (!node || !write) throw notOffered(node?.text ?? 'this');
  return write(node.children ?? [], node);
}

const notOffered = (what: string) => malformed(`"${what}" is not offered in the path of a patch.`, 'not-supported');
