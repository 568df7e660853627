import { Injectable } from '@nestjs/common';
import { SqlSession } from '../session/sql-session.js';
import { addJob, findJob, type IndexJob, type ListedIndexJob, listJobs } from './index-job.js';
import { IndexWorker } from './index-worker.js';
import { SearchDefinitions } from './search-definitions.js';

/** The jobs that index stored rows anew, for those who start one and ask how far it is. */
@Injectable()
export class IndexJobs {
  constructor(
    private readonly session: SqlSession,
    private readonly definitions: SearchDefinitions,
    private readonly worker: IndexWorker,
  ) {}

  /** Some server on the database will carry it out. */
  async start(types: readonly string[], kind: 'reindex' | 'verify' = 'reindex'): Promise<IndexJob> {
    const { generation } = this.definitions;
    const id = await addJob(this.session, { kind, types, generation, settles: false });
    this.worker.look();
    return (await this.find(id))!;
  }

  /** Progress of indexing rows of other forms: a pass can end while servers of another release go on writing. */
  async passOfForm(): Promise<{ readonly isComplete: boolean; readonly isOver: boolean; readonly progress: number }> {
    const { forms, progress } = this.definitions;
    return { isComplete: forms.lacking.length === 0, isOver: this.worker.passes > 0, progress };
  }

  find(id: number): Promise<IndexJob | undefined> {
    return findJob(this.session, id);
  }

  /** For administrators: the newest first. */
  list(most = 50): Promise<readonly ListedIndexJob[]> {
    return listJobs(this.session, most);
  }
}
