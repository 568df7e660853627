import fc from 'fast-check';

/** Concepts of a release as a test knows them. */
export interface Graph {
  readonly active: readonly string[];
  readonly inactive: readonly string[];
  /** From a concept to those right above it. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  /** Source, attribute, destination. */
  readonly relations: readonly (readonly [string, string, string])[];
  readonly members: ReadonlyMap<string, readonly string[]>;
}

/** An expression with what it means, read without any of the server's code. */
export interface NaiveEcl {
  readonly text: string;
  readonly has: (code: string) => boolean;
}

/** True if there is a way up. */
function isBelow({ parents }: Graph, code: string, above: string): boolean {
  return (parents.get(code) ?? []).some((one) => one === above || isBelow({ parents } as Graph, one, above));
}

const isChild = ({ parents }: Graph, code: string, above: string): boolean => (parents.get(code) ?? []).includes(above);

type Operator = (graph: Graph, code: string, named: string) => boolean;
const operators: Readonly<Record<string, Operator>> = {
  '': (_graph, code, named) => code === named,
  '<': isBelow,
  '<<': (graph, code, named) => code === named || isBelow(graph, code, named),
  '<!': isChild,
  '<<!': (graph, code, named) => code === named || isChild(graph, code, named),
  '>': (graph, code, named) => isBelow(graph, named, code),
  '>>': (graph, code, named) => code === named || isBelow(graph, named, code),
  '>!': (graph, code, named) => isChild(graph, named, code),
  '>>!': (graph, code, named) => code === named || isChild(graph, named, code),
};

/** Expressions about the concepts of a graph; those with members only where it has reference sets. */
export function naiveEcl(graph: Graph): fc.Arbitrary<NaiveEcl> {
  const { active, inactive, members, relations } = graph;
  const blank = fc.constantFrom('', ' ', '  ', '\n', ' /* all */ ');
  const named = fc.constantFrom(...active, ...inactive);
  const term = fc.constantFrom('', ' |any term|', '|x|');
  const concept = fc
    .tuple(fc.constantFrom(...Object.keys(operators)), blank, named, term)
    .map(([operator, between, code, words]): NaiveEcl => ({
      text: `${operator}${between}${code}${words}`,
      has: (one) => operators[operator]!(graph, one, code),
    }));
  const wildcard = fc.constant<NaiveEcl>({ text: '*', has: (one) => active.includes(one) });
  const member = fc
    .constantFrom(...(members.size > 0 ? members.keys() : ['']))
    .map((set): NaiveEcl => ({ text: `^${set}`, has: (one) => members.get(set)!.includes(one) }));
  const leaf = fc.oneof({ weight: 5, arbitrary: concept }, wildcard, ...(members.size > 0 ? [member] : []));
  const { tree } = fc.letrec<{ tree: NaiveEcl; part: NaiveEcl; attributes: NaiveEcl }>((tie) => ({
    part: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('tree').map(({ text, has }) => ({ text: `( ${text})`, has })),
    ),
    attributes: fc.oneof(
      { depthSize: 'small' },
      fc
        .tuple(fc.constantFrom(...new Set(relations.map(([, name]) => name))), tie('part'))
        .map(([name, value]): NaiveEcl => ({
          text: `${name} = ${value.text}`,
          has: (one) =>
            relations.some(([source, type, target]) => source === one && type === name && value.has(target)),
        })),
      fc.tuple(fc.constantFrom('AND', 'OR', ','), tie('attributes'), tie('attributes')).map(joined),
    ),
    tree: fc.oneof(
      { depthSize: 'small' },
      tie('part'),
      fc.tuple(fc.constantFrom('AND', 'or', ',', 'MINUS'), tie('part'), tie('part')).map(joined),
      fc.tuple(tie('part'), tie('attributes')).map(([focus, by]): NaiveEcl => ({
        text: `${focus.text}: ${by.text}`,
        has: (one) => focus.has(one) && by.has(one),
      })),
    ),
  }));
  return tree;
}

/** In parentheses, so that joints do not mix. */
function joined([joint, one, other]: readonly [string, NaiveEcl, NaiveEcl]): NaiveEcl {
  const text = `(${one.text}) ${joint} (${other.text})`;
  if (joint === 'MINUS') return { text, has: (code) => one.has(code) && !other.has(code) };
  if (joint === 'or' || joint === 'OR') return { text, has: (code) => one.has(code) || other.has(code) };
  return { text, has: (code) => one.has(code) && other.has(code) };
}
