import { expect, it, vi } from 'vitest';
import { type Lines, ServerLog } from './server-log.js';

it('a line below the level costs no flush of the lines before it', () => {
  const lines = { write: vi.fn<Lines['write']>(), flush: vi.fn<Lines['flush']>() };
  const log = new ServerLog({ level: 'info', json: true }, lines);
  for (let n = 0; n < 500; n++) log.log('Mapped {/a, GET} route', 'RouterExplorer');
  log.debug('detail');
  expect([lines.write.mock.calls.length, lines.flush.mock.calls.length]).toEqual([0, 0]);
  log.log('Started', 'Lanyard');
  expect([lines.write.mock.calls.length, lines.flush.mock.calls.length]).toEqual([1, 1]);
});
