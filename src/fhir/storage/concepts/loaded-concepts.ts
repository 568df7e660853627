import type { CodeSystem, ConceptsElsewhere } from '../../../r4/terminology/code-systems/code-system.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import type { SqlSession } from '../session/sql-session.js';
import type { KeptCounts } from './kept-counts.js';
import { findLoad } from './load-rows.js';
import { foreseenStatement, linkedStatement, type ReadBefore, readBefore, type ReadRow } from './foreseen-concepts.js';
import { ConceptQueries } from './stored-concepts.js';

/** Leads from a CodeSystem that was loaded to its concepts, on the session of a caller. */
export class LoadedConcepts {
  constructor(private readonly session: SqlSession) {}

  /** Undefined: the CodeSystem with the id was not loaded. */
  find(id: string): Promise<ConceptsElsewhere | undefined> {
    return findLoad(this.session, id);
  }

  /** Concepts of a load that has been found. */
  async read(load: number, foreseen: Foreseen): Promise<ReadBefore> {
    const read = readBefore(foreseen, await this.session.rows<ReadRow>(foreseenStatement(load, foreseen)));
    return foreseen.withLinks === true ? this.linked(load, read) : read;
  }

  /** With the links of rows that do not have them in themselves. */
  private async linked(load: number, read: ReadBefore): Promise<ReadBefore> {
    const lacking = [...read.rows.values()].filter(({ parents }) => parents === undefined).map(({ code }) => code);
    if (lacking.length === 0) return read;
    const rows = new Map(read.rows);
    for (const row of await this.session.rows<ReadRow>(linkedStatement(load, lacking))) rows.set(row.code, row);
    return { ...read, rows };
  }

  /**
   * The code system with its concepts, if it has them elsewhere; `before`: those that were read together with it; `counts`: of selections
   * that were counted before.
   */
  bound(system: CodeSystem, before?: ReadBefore, counts?: KeptCounts): CodeSystem {
    const { elsewhere, foldsCase } = system;
    return elsewhere
      ? system.with(new ConceptQueries(this.session, { ...elsewhere, foldsCase, before, counts }))
      : system;
  }
}
