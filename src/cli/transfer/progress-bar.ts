import { type Options, SingleBar } from 'cli-progress';

/** A bar beside the output, where somebody watches. */
export interface ProgressBar {
  add(amount: number, what: string): void;
  stop(): void;
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

/** Of so many bytes. */
export function progressBar(total: number): ProgressBar {
  const options: Options = {
    stream: process.stderr,
    format: '{bar} {percentage} % | {done} of {all} MB | {eta_formatted} left | {what}',
    hideCursor: true,
    clearOnComplete: true,
  };
  const bar = new SingleBar(options);
  let done = 0;
  bar.start(total, 0, { what: '', done: '0.0', all: megabytes(total) });
  return {
    add: (amount, what) => {
      done += amount;
      bar.update(Math.min(done, total), { what, done: megabytes(done) });
    },
    stop: () => bar.stop(),
  };
}
