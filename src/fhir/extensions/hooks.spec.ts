import { describe, expect, it } from 'vitest';
import { StartRefused } from '../../config/checks/start-refused.js';
import { ExtensionCalls } from './extension-calls.js';
import type { Hook } from './hook.js';
import { fullName } from './hook-order.js';
import { Hooks } from './hooks.js';

const hook = (name: string, more: Partial<Hook> = {}): Hook => ({ name, beforeWrite: () => undefined, ...more });

function hooksOf(...features: readonly (readonly [string, ...(readonly Hook[])])[]): Hooks {
  const hooks = new Hooks(new ExtensionCalls());
  for (const [extension, ...added] of features) hooks.add(extension, ...added);
  hooks.onModuleInit();
  return hooks;
}

const namesOf = (hooks: Hooks, type = 'Patient') => hooks.at('beforeWrite', type).map(fullName);

describe('the order of hooks', () => {
  it('is what is built in first, then that of the full names, in whatever order they were added', () => {
    const features = [
      ['b', hook('a')],
      ['lanyard', hook('z')],
      ['a', hook('c'), hook('b')],
    ] as const;
    const expected = ['lanyard/z', 'a/b', 'a/c', 'b/a'];
    expect(namesOf(hooksOf(...features))).toEqual(expected);
    expect(namesOf(hooksOf(...features.toReversed()))).toEqual(expected);
  });

  it.each<readonly [string, Partial<Hook>, readonly string[]]>([
    ['a full name', { before: ['a/one'] }, ['a/two', 'z/last', 'a/one']],
    ['a feature', { before: ['a'] }, ['z/last', 'a/one', 'a/two']],
    ['a full name, after', { after: ['a/one'] }, ['a/one', 'a/two', 'z/last']],
    ['a hook that is not installed', { before: ['c/none'], after: ['d'] }, ['a/one', 'a/two', 'z/last']],
    ['the short name of another feature, which counts for nothing', { before: ['one'] }, ['a/one', 'a/two', 'z/last']],
  ])('goes by %s', (_name, more, expected) => {
    expect(namesOf(hooksOf(['z', hook('last', more)], ['a', hook('one'), hook('two')]))).toEqual(expected);
  });

  it('goes by short names within a feature', () => {
    expect(namesOf(hooksOf(['a', hook('one', { after: ['two'] }), hook('two')]))).toEqual(['a/two', 'a/one']);
  });

  it('is the same at each point', () => {
    const both = { beforeSearch: () => undefined };
    const hooks = hooksOf(['a', hook('one', { after: ['b'], ...both })], ['b', hook('two', both)]);
    expect(hooks.at('beforeSearch').map(fullName)).toEqual(['b/two', 'a/one']);
    expect(hooks.at('afterRead')).toEqual([]);
  });
});

describe('a hook of some types', () => {
  it('is not among those of others', () => {
    const hooks = hooksOf(['a', hook('all'), hook('some', { types: ['Patient'] })]);
    expect(namesOf(hooks, 'Patient')).toEqual(['a/all', 'a/some']);
    expect(namesOf(hooks, 'Group')).toEqual(['a/all']);
  });
});

describe('what does not fit stops the start and is named', () => {
  const point = { beforeWrite: () => undefined };
  it.each<readonly [string, readonly Hook[], string]>([
    ['a name twice', [hook('one'), hook('one')], 'Two hooks have the name a/one. Give one of them another name.'],
    [
      'a circle',
      [
        hook('one', { after: ['two'] }),
        hook('two', { after: ['three'] }),
        hook('three', { after: ['one'] }),
        hook('a'),
      ],
      'The hooks a/one, a/three, a/two, a/one want to run before each other. Take one of the names out of "before" or "after".',
    ],
    [
      'a name of other characters',
      [hook('Needs Family')],
      'a: the hook Object has the name "Needs Family". Give it one of a-z, 0-9 and "-", such as "needs-family".',
    ],
    ['no name', [point as unknown as Hook], 'a: the hook Object has the name "undefined".'],
    ['no point', [{ name: 'one' }], 'a: the hook Object has none of the methods authenticate, onOperation,'],
    [
      'a point that is no method',
      [{ name: 'one', afterRead: ['Patient.name'] as never }],
      'a: the hook Object has a afterRead that is no method.',
    ],
    [
      'an unknown type',
      [hook('one', { types: ['Pat'] })],
      'a: the hook Object is for "Pat", which is no resource type.',
    ],
    ['no time', [hook('one', { timeout: 0 })], 'a: the hook Object has the timeout 0. Give it 1 to 30000 ms.'],
    ['too much time', [hook('one', { timeout: 60_000 })], 'has the timeout 60000. Give it 1 to 30000 ms.'],
  ])('%s', (_name, hooks, line) => {
    const start = () => hooksOf(['a', ...hooks]);
    expect(start).toThrow(StartRefused);
    expect(start).toThrow(line);
  });
});
