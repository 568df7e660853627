// @ts-check
/** One measured number, and what it should be. @typedef {{ what: string, value: string, target?: string }} Row */

/** @param {string} title @param {readonly Row[]} rows */
export function printTable(title, rows) {
  const cells = [['', 'measured', 'target'], ...rows.map(({ what, value, target = '' }) => [what, value, target])];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const [what = '', value = '', target = ''] of cells) {
    console.log(`  ${what.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${target}`.trimEnd());
  }
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** `share`: 0.95 for the 95th. @param {readonly number[]} values @param {number} share */
export const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

/** Seconds as microseconds per piece. @param {number} seconds @param {number} pieces */
export const microseconds = (seconds, pieces) => (seconds * 1e6) / pieces;

/** @param {number} value @param {string} unit @param {number} [digits] */
export const inUnits = (value, unit, digits = 0) => `${value.toFixed(digits)} ${unit}`;

/** The geometric mean of ratios, with its standard error. @param {readonly number[]} ratios */
export function meanRatio(ratios) {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  return { ratio: Math.exp(mean), error: Math.exp(mean) * Math.sqrt(variance / logs.length) };
}
