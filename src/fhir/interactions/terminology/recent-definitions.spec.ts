import { expect, it } from 'vitest';
import { RecentDefinitions } from './recent-definitions.js';

it('keeps no more of long canonicals that nothing has than of definitions', () => {
  const recent = new RecentDefinitions<{ readonly size: number }>();
  const names = Array.from({ length: 60 }, (_, index) => `http://x.example/${index}/${'x'.repeat(100_000)}`);
  for (const name of names) recent.keep(name, 'state', undefined);
  expect(names.filter((name) => recent.find(name, 'state')).length).toBeLessThan(50);
  expect(recent.find(names.at(-1)!, 'state')).toEqual({ state: 'state', content: undefined });
});

it('keeps nothing that is larger than all together', () => {
  const recent = new RecentDefinitions<{ readonly size: number }>();
  recent.keep('http://x.example/small', 'state', { size: 1 });
  recent.keep(`http://x.example/${'x'.repeat(6_000_000)}`, 'state', undefined);
  expect(recent.find('http://x.example/small', 'state')).toBeDefined();
  expect(recent.find(`http://x.example/${'x'.repeat(6_000_000)}`, 'state')).toBeUndefined();
});

it('forgets by the state in which it was looked up', () => {
  const recent = new RecentDefinitions<{ readonly size: number }>();
  recent.keep('http://x.example/set', '1', { size: 1 });
  expect(recent.find('http://x.example/set', '2')).toBeUndefined();
});
