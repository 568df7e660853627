import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { PolicyExpressions } from './policy-expressions.js';
import { policySchema, readStoredPolicy } from './read-stored-policy.js';

const expressions = new PolicyExpressions({ base: 'https://fhir.example', timeZone: 'UTC' }, new SearchParameters());
const rule = { types: ['Observation'], constrain: 'status=final' };
const policy = (changes: object): object => ({
  name: 'a',
  description: 'x',
  assignedTo: { everyone: true },
  rules: [rule],
  ...changes,
});

/** Places and texts of what is wrong. */
function findings(form: object): readonly (readonly [string | undefined, string | undefined])[] {
  try {
    readStoredPolicy(form, expressions);
    return [];
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return error.issues.map(({ expression, diagnostics }) => [expression?.[0], diagnostics]);
  }
}

describe('what is wrong with a policy', () => {
  it.each([
    [{ description: undefined }, 'description'],
    [{ more: 1 }, 'more'],
    [{ assignedTo: {} }, 'assignedTo'],
    [{ assignedTo: { users: [''] } }, 'assignedTo.users[0]'],
    [{ rules: [] }, 'rules'],
    [{ rules: [rule, { types: ['Patien'], deny: 'x' }] }, 'rules[1].types[0]'],
    [{ rules: [{ ...rule, deny: 'x' }] }, 'rules[0]'],
    [{ rules: [{ ...rule, permissions: 'sr' }] }, 'rules[0].permissions'],
    [{ rules: [{ ...rule, constrain: 'no-such=x' }] }, 'rules[0].constrain'],
    [{ rules: [{ mask: ['Patient.name', 'Patient.nam'] }] }, 'rules[0].mask[1]'],
    [{ rules: [{ ...rule, no: 1 }] }, 'rules[0].no'],
  ])('in %j is at %s', (changes, at) => {
    expect(findings(policy(changes)).map(([place]) => place)).toEqual([at]);
  });

  it('says which type was probably meant', () => {
    expect(findings(policy({ rules: [{ types: ['Patien'], deny: 'x' }] }))).toEqual([
      ['rules[0].types[0]', 'rules[0].types[0]: "Patien" is no resource type. Did you mean Patient?'],
    ]);
  });
});

describe('the schema of policies', () => {
  const allows = new Ajv2020({ strict: false }).compile(policySchema());
  const either = <T>(...values: readonly T[]) => fc.constantFrom(...values);
  const rules = fc.record(
    {
      types: either<unknown>(['Patient'], ['*'], [], ['Patien'], 'Patient'),
      permissions: either<unknown>('rs', 'sr', '', 7),
      constrain: either<unknown>('_id=1', '', 1),
      deny: either<unknown>('no', ''),
      mask: either<unknown>(['Patient.name'], []),
      more: fc.constant(1),
    },
    { requiredKeys: [] },
  );
  const policies = fc.record(
    {
      name: either<unknown>('a', 'A', ''),
      description: either<unknown>('x', '', 1),
      assignedTo: either<unknown>({ everyone: true }, {}, { users: ['a'] }, { users: [''] }, { nobody: 1 }),
      rules: fc.array(rules, { maxLength: 2 }),
    },
    { requiredKeys: ['name'] },
  );

  it('refuses nothing that is stored, and names what is offered', () => {
    fc.assert(
      fc.property(policies, (form) => {
        if (findings(form).length === 0) expect(allows(form), JSON.stringify(form)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(allows(policy({}))).toBe(true);
    expect(policySchema()).toMatchObject({
      properties: {
        rules: { items: { properties: { types: { items: { enum: expect.arrayContaining(['*', 'Patient']) } } } } },
      },
    });
  });

  it.each([
    [{ rules: [{ ...rule, deny: 'x' }] }],
    [{ assignedTo: {} }],
    [{ more: 1 }],
    [{ rules: [{ types: ['Patien'], deny: 'x' }] }],
  ])('refuses %j, as the server does', (changes) => {
    expect(allows(policy(changes))).toBe(false);
  });
});
