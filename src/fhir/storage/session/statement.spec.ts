import { expect, it } from 'vitest';
import { BindParameters } from './statement.js';

it('a value that is shared is one parameter of each type; one that is added is a parameter of its own', () => {
  const parameters = new BindParameters();
  const asked = [
    parameters.add('a', 'text'),
    parameters.share('a', 'text'),
    parameters.share(['a'], 'text[]'),
    parameters.add('a', 'text'),
    parameters.share('a', 'text'),
    parameters.share(['a'], 'text[]'),
    parameters.share(['a', 'b'], 'text[]'),
    parameters.share(['a,b'], 'text[]'),
    parameters.share(['1'], 'bigint[]'),
    parameters.share(['1'], 'text[]'),
  ];
  expect(asked.map((one) => one.replace(/::.*/, ''))).toEqual([
    '$1',
    '$2',
    '$3',
    '$4',
    '$2',
    '$3',
    '$5',
    '$6',
    '$7',
    '$8',
  ]);
  expect(parameters.values).toEqual(['a', 'a', ['a'], 'a', ['a', 'b'], ['a,b'], ['1'], ['1']]);
});
