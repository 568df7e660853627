/** True in `npm run test:full`: long streams, matrices and waits are whole, of which `npm test` takes a share. */
export const isFull = process.env['FULL'] === '1';

/** One case in so many for `npm test`, beginning with the first, or with another one in each row of a matrix; all for `npm run test:full`. */
export const shareOf = <T>(cases: readonly T[], oneIn: number, row = 0): readonly T[] =>
  isFull ? cases : cases.filter((_, index) => index % oneIn === row % oneIn);

/** One in so many of each kind, beginning with the first of it; all for `npm run test:full`. */
export function shareOfEach<T>(cases: readonly T[], oneIn: number, kindOf: (one: T) => string): readonly T[] {
  const counts = new Map<string, number>();
  return cases.filter((one) => {
    const count = counts.get(kindOf(one)) ?? 0;
    counts.set(kindOf(one), count + 1);
    return isFull || count % oneIn === 0;
  });
}

/** A share of files that are named by their type (`Patient-example.json`). */
export const shareOfEachType = (files: readonly string[], oneIn: number): readonly string[] =>
  shareOfEach(files.toSorted(), oneIn, (file) => file.split('-')[0]!);
