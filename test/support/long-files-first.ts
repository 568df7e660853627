import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, the longest first. A fresh clone knows no durations, and their size says nothing. */
const long = [
  'leak-matrix-compartments',
  'leak-matrix-scopes',
  'console-hardships',
  'leak-matrix-withheld',
  'leak-matrix-policies',
  'stall',
  'console-figures',
  'console-operations',
  'recipes',
  'extensions',
  'oracle',
  'workers',
  'console-resources',
  'console-quickstart',
  'tenant-erase',
  'console-people',
  'console-data',
  'export-crash',
  'pointing',
  'console-access',
  'console-elsewhere',
  'bodies',
  'index-forms',
  'cli',
  'replicas',
  'export',
  'tenant-polling',
  'searches',
  'tenants',
  'reindexing',
  'time-zone',
  'operations-async',
  'unread-bodies',
  'custom-parameters',
];

/** Starts the long files first, so that no core idles while another works on the last of them. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of vitest, not of an array
    const sorted = await super.sort(files);
    return sorted.toSorted((left, right) => rankOf(left) - rankOf(right));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (project.name !== 'server') return -1;
  const rank = long.findIndex((name) => moduleId.includes(`/${name}.`));
  return rank === -1 ? long.length : rank;
}
