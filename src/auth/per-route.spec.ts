import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { expect, it } from 'vitest';
import { PerRoute } from './per-route.js';

const Word = Reflector.createDecorator<string>();

class General {
  inherited(this: void): void {}
  @Word('of the handler')
  own(this: void): void {}
}

@Word('of the one')
class One extends General {}

@Word('of the other')
class Other extends General {}

const at = (owner: typeof General, handler: () => void): ExecutionContext =>
  ({ getClass: () => owner, getHandler: () => handler }) as unknown as ExecutionContext;

it('reads the decorators of a route once, and of an inherited handler once for each class', () => {
  const read: unknown[] = [];
  const reflector = new Reflector();
  const words = new PerRoute((route) => {
    read.push(route);
    return reflector.getAllAndOverride(Word, route);
  });
  const { inherited, own } = General.prototype;
  const routes = [at(One, inherited), at(Other, inherited), at(General, inherited), at(One, own)];
  for (let round = 0; round < 2; round++) {
    expect(routes.map((route) => words.of(route))).toEqual(['of the one', 'of the other', undefined, 'of the handler']);
  }
  expect(read).toHaveLength(4);
});
