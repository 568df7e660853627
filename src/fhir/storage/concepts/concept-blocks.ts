import { TooCostly } from '../../../r4/terminology/cannot-expand.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters } from '../session/statement.js';
import type { Way } from './concept-ways.js';
import { conceptColumns, type ConceptRow } from './foreseen-concepts.js';
import type { Counts, KeptCounts, LookLimits } from './kept-counts.js';

/**
 * A selection to whose concepts no index leads, of which more have to be looked at than one statement may: they are looked at block by block, in
 * their order (docs/adr/0149).
 */
export class ConceptBlocks {
  private readonly counts: Counts;

  constructor(
    private readonly session: SqlSession,
    private readonly way: Way,
    private readonly of: { readonly size: number; readonly limits: LookLimits; readonly kept: KeptCounts },
  ) {
    const { size, limits, kept } = of;
    const key = JSON.stringify([way.conditions, way.parameters.values]);
    this.counts = kept.ofBlocks(key, Math.ceil(Math.min(size, limits.inBlocks) / limits.block));
  }

  /** Number of all; throws `TooCostly`. */
  async total(): Promise<number> {
    this.requireAll();
    let total = 0;
    for (const block of this.counts.keys()) total += await this.count(block);
    return total;
  }

  /** Number of all, where all blocks have been counted. */
  get known(): number | undefined {
    const { size, limits } = this.of;
    if (size > limits.inBlocks) return undefined;
    return this.counts.reduce<number | undefined>(
      (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
      0,
    );
  }

  /** Throws `TooCostly` where the page would go on behind the last block. */
  async page(offset: number, count: number): Promise<readonly ConceptRow[]> {
    const rows: ConceptRow[] = [];
    let left = offset;
    for (const block of this.counts.keys()) {
      if (rows.length >= count) return rows;
      if (left > 0) {
        const passed = await this.count(block);
        if (passed <= left) {
          left -= passed;
          continue;
        }
      }
      if (this.counts[block] === 0) continue;
      rows.push(...(await this.rows(block, { offset: left, count: count - rows.length })));
      left = 0;
    }
    if (rows.length < count) this.requireAll();
    return rows;
  }

  private async count(block: number): Promise<number> {
    const known = this.counts[block];
    if (known !== undefined) return known;
    const { text, values } = this.within(block);
    const [row] = await this.session.rows<{ count: number }>({
      text: `SELECT count(*)::integer AS count ${text}`,
      values: values.values,
    });
    return (this.counts[block] = row!.count);
  }

  private async rows(
    block: number,
    { offset, count }: { readonly offset: number; readonly count: number },
  ): Promise<readonly ConceptRow[]> {
    const { text, values } = this.within(block);
    const page = `LIMIT ${values.add(count, 'integer')} OFFSET ${values.add(offset, 'integer')}`;
    const found = await this.session.rows<ConceptRow>({
      text: `SELECT ${conceptColumns} ${text} ORDER BY c.concept ${page}`,
      values: values.values,
    });
    if (found.length < count) this.counts[block] = offset + found.length;
    return found;
  }

  private within(block: number): { readonly text: string; readonly values: BindParameters } {
    const { conditions, parameters } = this.way;
    const { block: length } = this.of.limits;
    const values = new BindParameters();
    values.values.push(...parameters.values);
    const [from, to] = [block * length, (block + 1) * length].map((number) => values.add(number, 'integer'));
    const text = `FROM terminology_concept AS c WHERE ${conditions} AND c.concept > ${from} AND c.concept <= ${to}`;
    return { text, values };
  }

  private requireAll(): void {
    const { size, limits } = this.of;
    if (size > limits.inBlocks)
      throw new TooCostly(`${size} concepts would have to be looked at; one question may look at ${limits.inBlocks}.`);
  }
}
