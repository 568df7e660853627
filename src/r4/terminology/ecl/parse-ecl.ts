import type { Ecl, HierarchyOperator, Refinement } from './ecl.js';
import { EclText } from './ecl-text.js';

/**
 * Reads an expression of the Expression Constraint Language (https://docs.snomed.org/ecl), brief syntax. Throws `CannotExpand` with the position for what is no
 * expression, and for what this server does not read: it names that.
 */
export function parseEcl(text: string): Ecl {
  const source = new EclText(text);
  const found = expression(source);
  source.skip();
  if (!source.isOver) source.expect('AND, OR, MINUS, ":" or the end');
  return found;
}

type Joint = 'and' | 'or' | 'minus';

function expression(source: EclText): Ecl {
  const first = part(source);
  source.skip();
  if (source.takeText(':')) return { kind: 'refined', of: first, by: refinement(source) };
  if (source.startsWith('.')) source.refuse('a dotted expression ".", which leads to the values of an attribute');
  const joint = jointOf(source);
  if (joint === undefined) return first;
  const second = part(source);
  const found: Ecl =
    joint === 'minus'
      ? { kind: 'minus', of: first, without: second }
      : { kind: joint, of: [first, second, ...moreOf(source, joint, part)] };
  source.skip();
  if (source.startsWith(':')) source.expect('parentheses around what is refined');
  requireNoJoint(source, 'parentheses: AND, OR and MINUS are not mixed without');
  return found;
}

function requireNoJoint(source: EclText, wanted: string, only?: Joint): void {
  source.skip();
  const { at } = source;
  const joint = jointOf(source);
  source.at = at;
  if (joint !== undefined && (only ?? joint) === joint) source.expect(wanted);
}

/** `AND x AND y` after the second one; another joint ends it. */
function moreOf<T>(source: EclText, joint: 'and' | 'or', read: (source: EclText) => T): readonly T[] {
  const more: T[] = [];
  for (;;) {
    const start = source.at;
    if (jointOf(source) !== joint) {
      source.at = start;
      return more;
    }
    more.push(read(source));
  }
}

const joints: Readonly<Record<string, Joint>> = { ',': 'and', AND: 'and', OR: 'or', MINUS: 'minus' };

function jointOf(source: EclText): Joint | undefined {
  source.skip();
  const word = source.take(/,|(?:AND|OR|MINUS)(?![A-Za-z])/iy);
  return word === undefined ? undefined : joints[word.toUpperCase()];
}

function part(source: EclText): Ecl {
  source.skip();
  const operator = (source.take(/<<!|<<|<!|<|>>!|>>|>!|>/y) ?? '') as HierarchyOperator;
  source.skip();
  if (source.takeText('^')) return members(source, operator);
  const found = focus(source, operator);
  source.skip();
  if (source.startsWith('{{')) source.refuse('a filter "{{ }}"; use the parameter "filter" for words');
  return found;
}

function members(source: EclText, operator: HierarchyOperator): Ecl {
  if (operator !== '') source.refuse(`"${operator}" before "^"; name the concepts`);
  source.skip();
  if (source.startsWith('*')) source.refuse('"^ *", the members of any reference set; name it');
  if (source.startsWith('(')) source.refuse('"^" before parentheses; write it before each reference set');
  if (source.startsWith('[')) source.refuse('fields of reference sets, "^ [ ]"');
  return { kind: 'members', of: concept(source) };
}

function focus(source: EclText, operator: HierarchyOperator): Ecl {
  if (source.takeText('*')) {
    if (operator !== '') source.refuse(`"${operator} *"; write * alone, or name a concept`);
    return { kind: 'any' };
  }
  if (source.startsWith('(')) {
    if (operator !== '') source.refuse(`"${operator}" before parentheses; write it before each concept`);
    source.takeText('(');
    return source.within(() => expression(source));
  }
  return { kind: 'concept', operator, code: concept(source) };
}

/** Identifiers of SNOMED CT (https://docs.snomed.org/snomed-ct-specifications/snomed-ct-release-file-specification, SCTID), perhaps with a term. */
function concept(source: EclText): string {
  const code = source.take(/[1-9]\d{5,17}(?!\d)/y);
  if (code === undefined) source.expect('a concept of 6 to 18 digits');
  source.countConcept();
  source.skip();
  if (source.startsWith('|') && source.take(/\|[^|]*\|/y) === undefined) source.expect('a term between two "|"');
  return code;
}

function refinement(source: EclText): Refinement {
  const first = attributeOrMore(source);
  requireNoJoint(source, 'AND or OR: MINUS is not for attributes', 'minus');
  const joint = jointOf(source) as Exclude<Joint, 'minus'> | undefined;
  if (joint === undefined) return first;
  const second = attributeOrMore(source);
  const found: Refinement = { kind: joint, of: [first, second, ...moreOf(source, joint, attributeOrMore)] };
  requireNoJoint(source, 'parentheses: AND and OR are not mixed without');
  return found;
}

/** Of attributes that the language has beyond `name = value`. */
const beyond: readonly (readonly [RegExp, string])[] = [
  [/\{/y, 'attribute groups "{ }"; attributes are compared in any groups'],
  [/\[/y, 'a cardinality "[ ]"'],
  [/[Rr][ \t\r\n<>^*\d(]/y, 'a reversed attribute "R"'],
  [/[<>^*]/y, 'an attribute name that is an expression; name one attribute'],
];
const comparisons: readonly (readonly [RegExp, string])[] = [
  [/!=|<>/y, 'the comparison "!="; use MINUS'],
  [/<=|>=|<|>/y, 'a comparison of numbers'],
];
const values: readonly (readonly [RegExp, string])[] = [
  [/[#"]|true|false/iy, 'a concrete value: a number, a text or a boolean'],
];

function attributeOrMore(source: EclText): Refinement {
  source.skip();
  if (source.takeText('(')) return source.within(() => refinement(source));
  refuseAny(source, beyond);
  const name = concept(source);
  source.skip();
  refuseAny(source, comparisons);
  if (!source.takeText('=')) source.expect('"="');
  source.skip();
  refuseAny(source, values);
  return { kind: 'attribute', name, value: part(source) };
}

function refuseAny(source: EclText, ones: readonly (readonly [RegExp, string])[]): void {
  const { at } = source;
  for (const [form, fact] of ones) {
    if (source.take(form) === undefined) continue;
    source.at = at;
    source.refuse(fact);
  }
}
