import { longSuite } from '../support/long-suite.js';

/** The package as others get it: packed, installed in an empty folder, started. Needs a registry of npm. */
export default longSuite({ include: ['test/package/*.package.ts'], sharesPostgres: false, testTimeout: 180_000 });
