import { expect, it } from 'vitest';
import { FailureThrottle } from './failure-throttle.js';

const clocked = (perSecond: number) => {
  const clock = { ms: 0 };
  const throttle = new FailureThrottle(perSecond, () => clock.ms);
  const fail = (address: string, times: number): void => {
    for (let i = 0; i < times; i++) throttle.failed(address);
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

it('0 counts nothing', () => {
  const { throttle, fail } = clocked(0);
  fail('192.0.2.1', 1000);
  expect(throttle.wait('192.0.2.1')).toBeUndefined();
});
