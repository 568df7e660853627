import { afterAll } from 'vitest';
import { FileSource } from '../support/file-source.js';
import { testMatrix } from './matrix.js';
import { importing } from './import-path.js';
import { scopeLimits } from './scope-limits.js';
import { submittingFrom } from './submit-path.js';

const source = await FileSource.start();
afterAll(() => source.close());

/** Machines under a limit: each line of an import or a submission is judged by it (docs/adr/0084, 0098). */
testMatrix(
  scopeLimits.filter(({ scope }) => scope.startsWith('system/')),
  {
    only: [importing, submittingFrom(source)],
    whole: true,
    // It is read, however busy the machine is.
    settings: { IMPORT_ALLOW_PRIVATE: source.host, IMPORT_TIMEOUT: '60' },
  },
);
