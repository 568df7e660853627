import { longSuite } from '../support/long-suite.js';

export default longSuite({
  include: ['test/chaos/*.chaos.ts', 'test/e2e/crash.e2e.spec.ts'],
  sharesPostgres: true,
  testTimeout: 600_000,
});
