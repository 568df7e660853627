import { longSuite } from '../support/long-suite.js';

/** Needs Debian's postgresql, pgbouncer and haproxy, and starts them itself, on loopback. */
export default longSuite({ include: ['test/cluster/*.cluster.ts'], sharesPostgres: false, testTimeout: 300_000 });
