import { named, type Parameters, textOf, textsOf } from '../../../server/parameters.js';

/** One step of a plan, as PostgreSQL took it. */
export interface PlanStep {
  /** Such as `Index Scan`. */
  readonly kind: string;
  /** Table, index or condition that it is about. */
  readonly about: readonly string[];
  /** Of all its loops. */
  readonly rows: number;
  /** Rows that were expected. */
  readonly expected: number;
  readonly loops: number;
  /** Of itself, without the steps below it. */
  readonly milliseconds: number;
  /** Of the time of the whole plan, 0 to 100. */
  readonly percent: number;
  /** Of the estimated cost of the whole plan, 0 to 100. */
  readonly costPercent: number;
  readonly steps: readonly PlanStep[];
}

/** How the server runs a search, as `_explain=true` answers it. */
export interface SearchPlan {
  readonly sql: string;
  readonly when?: string;
  readonly indexes: readonly string[];
  readonly milliseconds?: string;
  readonly root?: PlanStep;
  /** Why there is no plan. */
  readonly withheld?: string;
}

/** Every statement that may be sent; one that has a plan goes first. */
export function plansIn(answer: Parameters): readonly SearchPlan[] {
  const plans = named(answer.parameter, 'statement').map(({ part = [] }): SearchPlan => {
    const [when, milliseconds, withheld] = (['when', 'milliseconds', 'withheld'] as const).map((name) =>
      textOf(part, name),
    );
    const root = readPlan(textOf(part, 'plan'));
    return {
      sql: textOf(part, 'sql') ?? '',
      indexes: textsOf(part, 'index'),
      ...(when !== undefined && { when }),
      ...(milliseconds !== undefined && { milliseconds }),
      ...(withheld !== undefined && { withheld }),
      ...(root && { root }),
    };
  });
  return plans.toSorted((one, other) => Number(other.root !== undefined) - Number(one.root !== undefined));
}

/** Between the parts of an entry of the index; browsers show an empty box. */
const unitSeparator = '\u001F';

type Node = Readonly<Record<string, unknown>>;

function readPlan(text: string | undefined): PlanStep | undefined {
  const node = text === undefined ? undefined : (JSON.parse(text) as Node);
  return node && stepOf(node, { time: timeOf(node), cost: numberIn(node, 'Total Cost') });
}

interface Whole {
  readonly time: number;
  readonly cost: number;
}

function stepOf(node: Node, whole: Whole): PlanStep {
  const below = Array.isArray(node['Plans']) ? (node['Plans'] as readonly Node[]) : [];
  const own = Math.max(0, timeOf(node) - sum(below.map(timeOf)));
  const ownCost = Math.max(0, numberIn(node, 'Total Cost') - sum(below.map((one) => numberIn(one, 'Total Cost'))));
  return {
    kind: textIn(node, 'Node Type') ?? '?',
    about: ['Relation Name', 'Index Name', 'CTE Name', 'Index Cond', 'Filter'].flatMap(
      (name) => textIn(node, name)?.replaceAll(unitSeparator, '␟') ?? [],
    ),
    rows: Math.round(numberIn(node, 'Actual Rows') * numberIn(node, 'Actual Loops')),
    expected: Math.round(numberIn(node, 'Plan Rows') * Math.max(1, numberIn(node, 'Actual Loops'))),
    loops: numberIn(node, 'Actual Loops'),
    milliseconds: own,
    percent: shareOf(own, whole.time),
    costPercent: shareOf(ownCost, whole.cost),
    steps: below.map((one) => stepOf(one, whole)),
  };
}

/** PostgreSQL tells the mean of a loop. */
const timeOf = (node: Node): number => numberIn(node, 'Actual Total Time') * numberIn(node, 'Actual Loops');

const shareOf = (part: number, whole: number): number =>
  whole > 0 ? Math.min(100, Math.round((part / whole) * 100)) : 0;

const numberIn = (node: Node, name: string): number => {
  const value = node[name];
  return typeof value === 'number' ? value : 0;
};

const textIn = (node: Node, name: string): string | undefined => {
  const value = node[name];
  return typeof value === 'string' ? value : undefined;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
