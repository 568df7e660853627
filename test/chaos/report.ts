import { writeSync } from 'node:fs';

/** One line for whoever runs the tests: what was done to the server, and what was lost. */
export const report = (what: string, outcome: string): void => {
  writeSync(process.stdout.fd, `chaos: ${what}: ${outcome}\n`);
};
