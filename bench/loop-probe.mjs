// @ts-check
// Loaded into the server under measurement (--import): how long its main thread worked at a stretch, by the CPU that it took, so
// that other processes and its worker threads do not count. Written to a file at SIGUSR2, and begun again. Linux only.
import { readFileSync, writeFileSync } from 'node:fs';

const file = `/proc/self/task/${process.pid}/schedstat`;
const milliseconds = () => Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6;
let last = milliseconds();
/** @type {number[]} */
let stretches = [];

setInterval(() => {
  const now = milliseconds();
  stretches.push(now - last);
  last = now;
}, 2).unref();

process.on('SIGUSR2', () => {
  const sorted = stretches.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  writeFileSync(process.env['LOOP_PROBE_FILE'] ?? '', JSON.stringify({ p99, longest: sorted.at(-1) ?? 0 }));
  stretches = [];
  last = milliseconds();
});
