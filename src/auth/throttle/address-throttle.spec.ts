import { expect, it } from 'vitest';
import { AddressThrottle } from './address-throttle.js';

const clocked = (perSecond: number) => {
  const clock = { ms: 0 };
  const throttle = new AddressThrottle(perSecond, () => clock.ms);
  const fail = (address: string, times: number): void => {
    for (let i = 0; i < times; i++) throttle.spend(address);
  };
  return { clock, throttle, fail };
};

it('ten seconds of failures may come at once; then one is read whenever it is its turn', () => {
  const { clock, throttle, fail } = clocked(2);
  fail('192.0.2.1', 19);
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
  fail('192.0.2.1', 1);
  expect(throttle.wait('192.0.2.1')).toBe(1);
  clock.ms = 500;
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
  fail('192.0.2.1', 1);
  expect(throttle.wait('192.0.2.1')).toBe(1);
  clock.ms = 20_000;
  fail('192.0.2.1', 19);
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
});

it('counts networks: an IPv6 customer is one, others are not affected', () => {
  const { throttle, fail } = clocked(1);
  for (let i = 0; i < 10; i++) fail(`2001:db8:1:1::${i}`, 1);
  expect(throttle.wait('2001:db8:1:1::ff')).toBe(1);
  expect(throttle.wait('2001:db8:1:2::1')).toBeUndefined();
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
});

it('counts what costs more as more', () => {
  const { throttle } = clocked(1);
  throttle.spend('192.0.2.1', 9);
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
  throttle.spend('192.0.2.1', 10);
  expect(throttle.wait('192.0.2.1')).toBe(10);
});

it('0 counts nothing', () => {
  const { throttle, fail } = clocked(0);
  fail('192.0.2.1', 1000);
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
});
