import { expect, it } from 'vitest';
import { BusiestTenants } from './busiest-tenants.js';

const count = (busiest: BusiestTenants, requests: Readonly<Record<string, number>>, now: number): void => {
  for (const [name, times] of Object.entries(requests)) for (let i = 0; i < times; i++) busiest.count(name, now);
};

it('tells of the tenants with most requests alone, and of equal ones those that come first by name', () => {
  const busiest = new BusiestTenants(2, 0);
  count(busiest, { south: 3, east: 1, north: 3, west: 3 }, 10);
  expect(busiest.read(20)).toEqual({ north: 3, south: 3 });
});

it('tells of the minute before now', () => {
  const busiest = new BusiestTenants(2, 0);
  count(busiest, { north: 40 }, 59_999);
  expect(busiest.read(60_000)).toEqual({ north: 40 });
  count(busiest, { north: 2, south: 25 }, 75_000);
  expect(busiest.read(75_000)).toEqual({ north: 32, south: 25 });
  expect(busiest.read(120_000)).toEqual({ south: 25, north: 2 });
  expect(busiest.read(180_000)).toEqual({});
});

it('tells nothing of a tenant that went away, nor of times long ago', () => {
  const busiest = new BusiestTenants(2, 0);
  count(busiest, { north: 5, south: 5 }, 1);
  count(busiest, { north: 5 }, 60_001);
  busiest.forget('north');
  expect(busiest.read(60_001)).toEqual({ south: 5 });
  count(busiest, { south: 1 }, 600_000);
  expect(busiest.read(600_000)).toEqual({ south: 1 });
});

it('can be given names that objects have', () => {
  const busiest = new BusiestTenants(1, 0);
  count(busiest, { constructor: 2 }, 1);
  expect(busiest.read(1)).toEqual({ constructor: 2 });
});
