import { describe, expect, it } from 'vitest';
import { figures, readMetrics, valuesOf } from './metrics.js';

const text = (requests: number, more = '') => `# HELP lanyard_requests_total Requests.
# TYPE lanyard_requests_total counter
lanyard_requests_total{interaction="read",type="Patient",status="200"} ${requests}
lanyard_requests_total{interaction="search",type="a } 7",status="200"} 2
process_resident_memory_bytes 1.5e+8
no metric
${more}`;
const reading = (seconds: number, written: string) => ({ time: seconds * 1000, samples: readMetrics(written) });
const figure = (key: string) => figures.find((one) => one.key === key)!;

describe('metrics', () => {
  it('are read from the text format of Prometheus', () => {
    expect(readMetrics(text(5)).map(({ name, value }) => [name, value])).toEqual([
      ['lanyard_requests_total', 5],
      ['lanyard_requests_total', 2],
      ['process_resident_memory_bytes', 150_000_000],
    ]);
  });

  it('that count are told by the second, and not over a start of the server', () => {
    const readings = [reading(0, text(5)), reading(10, text(25)), reading(20, text(1))];
    expect(valuesOf(figure('requests'), readings)).toEqual([{ time: 10_000, value: 2 }]);
  });

  it('that stand are told as they are', () => {
    expect(valuesOf(figure('memory'), [reading(0, text(1))])).toEqual([{ time: 0, value: 150 }]);
    expect(valuesOf(figure('lag'), [reading(0, text(1))])).toEqual([]);
  });

  it('of durations are those of the requests in between', () => {
    const durations = (sum: number, count: number) =>
      `lanyard_request_duration_seconds_sum{type="Patient"} ${sum}\nlanyard_request_duration_seconds_count{type="Patient"} ${count}`;
    const readings = [reading(0, durations(1, 10)), reading(5, durations(2, 20)), reading(10, durations(2, 20))];
    expect(valuesOf(figure('duration'), readings)).toEqual([{ time: 5000, value: 100 }]);
  });
});
