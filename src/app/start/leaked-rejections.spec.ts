import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Metrics } from '../../observability/metrics.js';
import { outliveLeakedRejections } from './leaked-rejections.js';

it('logs and counts a rejection that nobody waits for, and lets the process go on', async () => {
  const process = new EventEmitter();
  const lines: unknown[] = [];
  const metrics = new Metrics();
  outliveLeakedRejections(process, { log: { error: (line: unknown) => void lines.push(line) }, metrics });
  const countOf = async () => /^lanyard_leaked_rejections_total (\d+)$/m.exec(await metrics.text())?.[1];
  expect(await countOf()).toBe('0');
  process.emit('unhandledRejection', new TypeError('of "Aal"'), Promise.resolve());
  expect(lines).toEqual([expect.stringContaining('nobody waits for has failed: TypeError: of "…"')]);
  expect(await countOf()).toBe('1');
});
