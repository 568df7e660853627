/** True in `npm run test:full`: long streams, matrices and waits are whole, of which `npm test` takes a share. */
export const isFull = process.env['FULL'] === '1';

/** One case in so many for `npm test`, beginning with the first; all for `npm run test:full`. */
export const shareOf = <T>(cases: readonly T[], oneIn: number): readonly T[] =>
  isFull ? cases : cases.filter((_, index) => index % oneIn === 0);
