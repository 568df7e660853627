import { describe, expect, it } from 'vitest';
import { graphqlRequest, readVariables } from './graphql.js';

describe('readVariables', () => {
  it.each([
    ['', { variables: {} }],
    [' \n', { variables: {} }],
    ['{"family":"Doe"}', { variables: { family: 'Doe' } }],
    ['[1]', { wrong: '' }],
    ['null', { wrong: '' }],
  ])('reads %j', (text, read) => {
    expect(readVariables(text)).toEqual(read);
  });

  it('says why a text is no JSON', () => {
    expect(readVariables('{a:1}')).toEqual({ wrong: expect.stringMatching(/JSON/) });
  });
});

describe('graphqlRequest', () => {
  const query = '{ id }';

  it('asks the server, or a resource', () => {
    expect(graphqlRequest({ of: '', query, variables: '' }, {})).toEqual({
      method: 'POST',
      path: '$graphql',
      headers: 'Accept: application/json\nContent-Type: application/json',
      body: '{"query":"{ id }"}',
    });
    expect(graphqlRequest({ of: ' /Patient/p1/ ', query, variables: '' }, {}).path).toBe('Patient/p1/$graphql');
  });

  it('sends variables where there are some', () => {
    expect(graphqlRequest({ of: '', query, variables: '' }, { a: 1 }).body).toBe(
      '{"query":"{ id }","variables":{"a":1}}',
    );
  });
});
