import { setTimeout as sleep } from 'node:timers/promises';
import { withApp } from '../../app/start/offline.js';
import type { Setup } from '../../app/extensions/read-setup.js';
import { IndexJobs } from '../../fhir/storage/indexing/index-jobs.js';
import { remark } from '../terminal.js';

const lookEveryMs = 500;

/** Has what is stored indexed in the form of this release, by this process or by a server that is quicker; true when all is. */
export async function indexStored(setup: Setup): Promise<boolean> {
  let isDone = false;
  await withApp(setup, remark, async (app) => {
    const jobs = app.get(IndexJobs);
    let shown = -1;
    for (;;) {
      const pass = await jobs.passOfForm();
      isDone = pass.isComplete;
      if (pass.isComplete || pass.isOver) return;
      if (pass.progress !== shown) remark(`Indexing what is stored: ${pass.progress} %`);
      shown = pass.progress;
      await sleep(lookEveryMs);
    }
  });
  return isDone;
}
