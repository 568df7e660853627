import { hasCitus } from '../support/has-citus.js';
import { longSuite } from '../support/long-suite.js';

/** Suites of the product that run on a distributed database as well, and have to find the same answers there. */
const ofTheProduct = [
  'audit',
  'binary',
  'bundle',
  'conditional',
  'consent',
  'custom-parameter-types',
  'custom-parameters',
  'ecl',
  'export',
  'history',
  'idempotency',
  'interactions',
  'oauth2-launch',
  'oauth2-sessions',
  'patch',
  'policies',
  'search-chains',
  'search-compartment',
  'search-includes',
  'search-sort',
  'suppressions',
  'terminology-closure',
  'terminology-many-codes',
];

/** Rows of the leak matrix for tenants, read at the nodes that hold them (docs/adr/0128). */
const leaks = ['tenants', 'tenant-applications'];

if (!hasCitus) process.stdout.write('citus: skipped: Citus is not installed for the PostgreSQL 17 of Debian\n');

/** Starts a coordinator and two workers itself, on loopback. */
export default longSuite({
  include: hasCitus
    ? [
        'test/citus/*.citus.ts',
        ...leaks.map((name) => `test/leaks/${name}.spec.ts`),
        ...ofTheProduct.map((name) => `test/e2e/${name}.e2e.spec.ts`),
      ]
    : [],
  sharesPostgres: true,
  globalSetup: 'test/citus/global-setup.ts',
  testTimeout: 120_000,
  isolate: false,
  // Of servers with tenants, unless a file says otherwise.
  env: { DATABASE_NODES: 'holders' },
});
