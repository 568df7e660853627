import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the longest first. A fresh clone knows no durations, and their size says nothing. */
const long = [
  'leak-matrix-compartments',
  'console-hardships',
  'leak-matrix-scopes',
  'leak-matrix-policies',
  'leak-matrix-withheld',
  'oracle',
  'stall',
  'recipes',
  'console-figures',
  'extensions',
  'tenant-erase',
  'console-operations',
  'console-resources',
  'pointing',
  'console-quickstart',
  'workers',
  'console-data',
  'cli',
  'start',
  'tenants',
  'non-interference',
  'tenant-polling',
  'terminology-bindings',
  'searches',
  'unread-bodies',
  'tenant-applications',
  'index-forms',
  'console-elsewhere',
  'console-people',
  'console-access',
  'export-crash',
  'console-tenants',
  'console-jobs',
  'console-scopes',
  'console-policies',
  'bodies',
  'replicas',
  'console',
  'search-examples',
  'search-relations',
  'random-writes',
  'xml-round-trip',
  'crash',
  'console-suppressions',
  'terminology-load',
  'console-apps',
  'custom-parameters-replicas',
  'import-without-validation',
  'packages',
  'reindexing',
  'time-zone',
  'operations-async',
  'custom-parameters',
];

/**
 * Starts the long files first, so that no core idles while another works on the last of them. `--shard 1/2`: every second file from the longest on, so
 * that parts take about as long as each other; the parts together are all files, whatever was measured before.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of vitest, not of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((left, right) => rankOf(left) - rankOf(right));
  }

  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 };
    const ordered = files.toSorted(
      (left, right) => rankOf(left) - rankOf(right) || (left.moduleId < right.moduleId ? -1 : 1),
    );
    return ordered.filter((_, place) => place % count === index - 1);
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (project.name !== 'server') return -1;
  const rank = long.findIndex((name) => moduleId.includes(`/${name}.`));
  return rank === -1 ? long.length : rank;
}
