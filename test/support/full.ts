/** True in `npm run test:full`: long streams, matrices and waits are whole, of which `npm test` takes a share. */
export const isFull = process.env['FULL'] === '1';

/** One case in so many for `npm test`, beginning with the first; all for `npm run test:full`. */
export const shareOf = <T>(cases: readonly T[], oneIn: number): readonly T[] =>
  isFull ? cases : cases.filter((_, index) => index % oneIn === 0);

/** One in so many of files that are named by their type (`Patient-example.json`), beginning with the first of each type; all for `npm run test:full`. */
export function shareOfEachType(files: readonly string[], oneIn: number): readonly string[] {
  if (isFull) return files;
  const counts = new Map<string, number>();
  return files.toSorted().filter((file) => {
    const type = file.split('-')[0]!;
    const count = counts.get(type) ?? 0;
    counts.set(type, count + 1);
    return count % oneIn === 0;
  });
}
