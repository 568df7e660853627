import { longSuite } from '../support/long-suite.js';

/** Two releases on one database: builds the one before first. */
export default longSuite({ include: ['test/upgrade/*.upgrade.ts'], sharesPostgres: true, testTimeout: 600_000 });
