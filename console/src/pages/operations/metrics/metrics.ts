/** One number of a metric, with the values of its labels as they are written. */
export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;

/** The text format of Prometheus; lines that are none are left out. */
export function readMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((written) => {
    const [, name, labels = '', value = ''] = line.exec(written) ?? [];
    return name === undefined || written.startsWith('#') || Number.isNaN(Number(value))
      ? []
      : [{ name, labels, value: Number(value) }];
  });
}

/** A reading at an instant. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly samples: readonly Sample[];
}

const sumOf = ({ samples }: Reading, name: string): number | undefined => {
  const own = samples.filter((sample) => sample.name === name);
  return own.length === 0 ? undefined : own.reduce((sum, { value }) => sum + value, 0);
};

/** The figures of one reading, or of the change between two. */
interface FigureOf {
  readonly key: string;
  readonly unit: string;
  readonly value: (now: Reading, before: Reading | undefined) => number | undefined;
}

/** Growth a second; undefined after a start in between. */
const rate =
  (name: string, times = 1) =>
  (now: Reading, before: Reading | undefined): number | undefined => {
    const [from, to] = [before && (sumOf(before, name) ?? 0), sumOf(now, name) ?? 0];
    if (before === undefined || from === undefined || to < from || now.time <= before.time) return undefined;
    return ((to - from) / ((now.time - before.time) / 1000)) * times;
  };

const level =
  (name: string, times = 1) =>
  (now: Reading): number | undefined => {
    const sum = sumOf(now, name);
    return sum === undefined ? undefined : sum * times;
  };

/** Milliseconds of the requests between two readings, on average. */
function meanDuration(now: Reading, before: Reading | undefined): number | undefined {
  const of = (name: string) => rate(`lanyard_request_duration_seconds_${name}`)(now, before);
  const [seconds, requests] = [of('sum'), of('count')];
  return seconds === undefined || requests === undefined || requests === 0 ? undefined : (seconds / requests) * 1000;
}

export const figures = [
  { key: 'requests', unit: '1/s', value: rate('lanyard_requests_total') },
  { key: 'refusals', unit: '1/s', value: rate('lanyard_refusals_total') },
  { key: 'duration', unit: 'ms', value: meanDuration },
  { key: 'processor', unit: '%', value: rate('process_cpu_seconds_total', 100) },
  { key: 'memory', unit: 'MB', value: level('process_resident_memory_bytes', 1 / 1_000_000) },
  { key: 'lag', unit: 'ms', value: level('nodejs_eventloop_lag_p99_seconds', 1000) },
  { key: 'jobs', unit: '', value: level('lanyard_jobs_running') },
] as const satisfies readonly FigureOf[];

export type Figure = (typeof figures)[number];

/** Values of a figure over the readings, the oldest first. */
export const valuesOf = (
  { value }: FigureOf,
  readings: readonly Reading[],
): readonly { readonly time: number; readonly value: number }[] =>
  readings.flatMap((now, at) => {
    const found = value(now, readings[at - 1]);
    return found === undefined ? [] : [{ time: now.time, value: Number(found.toPrecision(4)) }];
  });
