import type { Selection } from '../../../r4/search/query/concept-selection.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import { ConceptConditions, countless } from './concept-conditions.js';
import { type Driver, driversOf, type WordsAsked } from './concept-drivers.js';

/** Postings of a word that are looked at to find out how many concepts it leads to; again where each word has more. */
const fewPostings = 300;
const manyPostings = 4000;

/** Way to the rows of a selection of concepts. */
export interface Way {
  readonly from: string;
  readonly conditions: string;
  readonly parameters: BindParameters;
  /** Rows that are looked at for all. */
  readonly cost: number;
  /** Most concepts are selected, so that a page is found soon. */
  readonly isDense: boolean;
  /** In which the rows come already, so that a page ends with its last one. */
  readonly order: string;
  /** Its statement is one of few, and leaves one sensible plan, so that it is planned once (docs/adr/0102). */
  readonly isUsual: boolean;
}

/** A load whose concepts are looked for. */
interface Searched {
  readonly load: number;
  readonly size: number;
  /** Concepts that one question may look at. */
  readonly most: number;
}

/** Finds how the rows of a selection are read: by the condition that leads to the fewest, which PostgreSQL is asked, or all. */
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
    const cheapest = costs.indexOf(Math.min(...costs));
    const parameters = new BindParameters();
    const conditions = new ConceptConditions(this.of.load, parameters);
    const all = [conditions.of(selection), ...(words.length > 0 ? [conditions.hasWords(asked)] : [])].join(' AND ');
    const driver = drivers[cheapest];
    if (driver && costs[cheapest]! < this.of.size && costs[cheapest]! <= this.of.most) {
      const from = conditions.from(driver);
      return { conditions: all, from, parameters, cost: costs[cheapest]!, isDense: false, order: 'd.found', isUsual };
    }
    const isDense = isMostlyTrue(selection) && costs.slice(0, words.length).every((cost) => cost > this.of.size / 10);
    const from = 'terminology_concept AS c';
    const own = `${conditions.mine('c')} AND ${all}`;
    const cost = Math.min(this.of.size, ...costs);
    return { conditions: own, from, parameters, cost, isDense, order: 'c.concept', isUsual };
  }

  /** The drivers of words come first. */
  private async costsOf(drivers: readonly Driver[], words: number): Promise<readonly number[]> {
    if (drivers.length === 0) return [];
    const costs = await this.aboutCosts(drivers, fewPostings);
    const isKnown = words === 0 || costs.slice(0, words).some((cost) => cost < countless);
    return isKnown ? costs : this.aboutCosts(drivers, manyPostings);
  }

  private async aboutCosts(drivers: readonly Driver[], most: number): Promise<readonly number[]> {
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

const simple: ReadonlySet<Selection['kind']> = new Set(['all', 'active', 'below']);

const isMostlyTrue = (selection: Selection): boolean =>
  selection.kind === 'both'
    ? selection.of.every(isMostlyTrue)
    : selection.kind === 'all' || selection.kind === 'active' || selection.kind === 'not';
