import { expect, it } from 'vitest';
import { hideValues } from './hide-values.js';
import { BindParameters } from './statement.js';

it('puts each value behind a subquery, which keeps its type', () => {
  const parameters = new BindParameters();
  const [id, ids] = [parameters.add('p1', 'text'), parameters.add(['p1'], 'text[]')];
  const size = parameters.add(0.5, 'double precision');
  expect(hideValues(`r.id = ${id} OR r.id = ANY (${ids}) OR ${size} < 1 AND r.tenant = $tenant`)).toBe(
    'r.id = (SELECT $1::text)::text OR r.id = ANY ((SELECT $2::text[])::text[]) OR ' +
      '(SELECT $3::double precision)::double precision < 1 AND r.tenant = $tenant',
  );
});
