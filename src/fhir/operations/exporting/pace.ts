import type { ExportRows } from '../../storage/exporting/export-rows.js';

/** Chunks that the database puts together at once. */
const atOnce = 2;

/** How much of an export is at work at once: less while somebody asks, which leaves a processor to them (docs/adr/0165). */
export class Pace {
  private seen: number | undefined;

  constructor(private readonly rows: Pick<ExportRows, 'asked'>) {}

  /** Chunks at once; one at first. Somebody asks if requests had statements since the last look, which is a chunk ago. */
  most(): number {
    const { asked } = this.rows;
    const isAlone = asked === this.seen;
    this.seen = asked;
    return isAlone ? atOnce : 1;
  }
}
