import type { Selection } from '../../../r4/search/query/concept-selection.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { ConceptConditions, countless } from './concept-conditions.js';
import { type Driver, driversOf, type WordsAsked } from './concept-drivers.js';
import type { KeptCounts, LookLimits } from './kept-counts.js';

/** Postings of a word that are looked at to find out how many concepts it leads to; again where each word has more. */
const fewPostings = 40;
const manyPostings = 4000;

/** Conditions on rows of `terminology_concept AS c`. */
export interface Conditions {
  readonly conditions: string;
  readonly parameters: BindParameters;
}

/** Way to the rows of a selection of concepts. */
export interface Way extends Conditions {
  /** Rows that are looked at for all. */
  readonly cost: number;
  /** Most concepts are selected, so that a page is found soon. */
  readonly isDense: boolean;
  /** Its statement is one of few, and leaves one sensible plan, so that it is planned once (docs/adr/0102). */
  readonly isUsual: boolean;
  /** Where many concepts are led to, and about this share of all is selected: conditions without that lead. */
  readonly walk?: Conditions & { readonly share: number };
}

/** A load whose concepts are looked for. */
interface Searched {
  readonly load: number;
  readonly size: number;
  readonly limits: LookLimits;
  readonly kept: KeptCounts;
}

/** Finds how the rows of a selection are read: by the condition that leads to the fewest, which PostgreSQL is asked once, or all. */
export class ConceptWays {
  constructor(
    private readonly session: SqlSession,
    private readonly of: Searched,
  ) {}

  async find(selection: Selection, asked: WordsAsked): Promise<Way> {
    const { words, codes } = asked;
    const drivers = driversOf(selection, asked);
    const costs = await this.costsOf(drivers, words.length);
    const isUsual = simple.has(selection.kind) && codes.length === 0;
    const { size, limits } = this.of;
    const cost = Math.min(size, ...costs);
    const driver = cost < size && cost <= limits.most ? drivers[costs.indexOf(cost)] : undefined;
    const whole = this.conditionsOf(selection, asked);
    if (!driver) {
      const isDense = isMostlyTrue(selection) && costs.slice(0, words.length).every((one) => one > size / 10);
      return { ...whole, cost, isDense, isUsual };
    }
    const share = costs.reduce((part, one) => part * Math.min(1, one / size), 1);
    const led = this.conditionsOf(selection, asked, driver);
    return { ...led, cost, isDense: false, isUsual, ...(cost > limits.ledTo && { walk: { ...whole, share } }) };
  }

  private conditionsOf(selection: Selection, asked: WordsAsked, driver?: Driver): Conditions {
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.of.load, parameters);
    const parts = [driver ? conditions.isFound(driver) : conditions.mine('c'), conditions.of(selection)];
    if (asked.words.length > 0) parts.push(conditions.hasWords(asked));
    return { conditions: parts.join(' AND '), parameters };
  }

  /** The drivers of words come first. */
  private async costsOf(drivers: readonly Driver[], words: number): Promise<readonly number[]> {
    if (drivers.length === 0) return [];
    const costs = await this.aboutCosts(drivers, fewPostings);
    const isKnown = words === 0 || costs.slice(0, words).some((cost) => cost < countless);
    return isKnown ? costs : this.aboutCosts(drivers, manyPostings);
  }

  private async aboutCosts(drivers: readonly Driver[], most: number): Promise<readonly number[]> {
    const { load, kept } = this.of;
    const keys = drivers.map((driver) => JSON.stringify([load, most, driver]));
    const costs = keys.map((key) => kept.costOf(key));
    const missing = drivers.filter((_, i) => costs[i] === undefined);
    const found = missing.length === 0 ? [] : await this.countedCosts(missing, most);
    let next = 0;
    return costs.map((known, i) => {
      if (known !== undefined) return known;
      const cost = found[next++]!;
      kept.keepCost(keys[i]!, cost);
      return cost;
    });
  }

  private async countedCosts(drivers: readonly Driver[], most: number): Promise<readonly number[]> {
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.of.load, parameters);
    const text = drivers.map((driver) => `least((${conditions.cost(driver, most)}), ${countless})`).join(', ');
    const [row] = await this.session.rows<{ costs: readonly number[] }>({
      isPlannedOnce: drivers.every(({ kind }) => kind === 'word' || kind === 'below'),
      // Also where no driver reads a row: PostgreSQL wants each parameter to be used.
      text: `SELECT ARRAY[${text}]::integer[] AS costs WHERE ${conditions.load} > 0`,
      values: parameters.values,
    });
    return row!.costs;
  }
}

const mostlyTrue: ReadonlySet<Selection['kind']> = new Set(['all', 'active', 'selectable', 'not']);

const simple: ReadonlySet<Selection['kind']> = new Set(['all', 'active', 'below']);

const isMostlyTrue = (selection: Selection): boolean =>
  selection.kind === 'both' ? selection.of.every(isMostlyTrue) : mostlyTrue.has(selection.kind);
