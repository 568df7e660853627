// https://hl7.org/fhir/R4/operations.html#executing: parameters as an operation declares them
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { ExactNumber, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { validateResource } from '../../../r4/validation/validate-resource.js';
import type { OperationDeclaration } from '../operation.js';
import type { DeclaredParameter, ValuesOf } from './declared-parameter.js';
import { contentToCheck, readParameters } from './read-parameters.js';

const parameters = [
  { name: 'horizon', type: 'integer', documentation: 'Years.' },
  { name: 'factor', type: 'decimal', documentation: 'A factor.' },
  { name: 'from', type: 'dateTime', min: 1, documentation: 'When it begins.' },
  { name: 'profile', type: 'uri', max: '*', documentation: 'Profiles.' },
  { name: 'most', type: 'positiveInt', documentation: 'How many.' },
  { name: 'active', type: 'boolean', documentation: 'Whether.' },
  { name: 'kind', type: 'Coding', token: true, documentation: 'A kind.' },
  { name: 'subject', type: 'Reference', documentation: 'Whom.' },
  { name: 'patient', type: 'Patient', documentation: 'The patient.' },
  { name: 'raw', type: 'Resource', unchecked: true, documentation: 'Anything.' },
  {
    name: 'range',
    max: 2,
    documentation: 'A range.',
    part: [
      { name: 'low', type: 'Quantity', min: 1, documentation: 'Low.' },
      { name: 'high', type: 'Quantity', documentation: 'High.' },
    ],
  },
] as const satisfies readonly DeclaredParameter[];

const read = (query: string, input?: JsonObject, declared: readonly DeclaredParameter[] = parameters) => {
  const content = input && contentToCheck(declared, input);
  const sent = { query: new URLSearchParams(query), input };
  return readParameters({ code: 'risk', parameters: declared }, sent, content ? validateResource(content) : []);
};
const posted = (...parameter: readonly Json[]): JsonObject => ({ resourceType: 'Parameters', parameter });
const from = { name: 'from', valueDateTime: '2020' };

function issuesOf(query: string, input?: JsonObject): readonly string[] {
  try {
    read(query, input);
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 400) throw error;
    return error.issues.map(({ code, expression, diagnostics }) => `${code} ${expression?.join()} ${diagnostics}`);
  }
  return [];
}

describe('parameters of an operation', () => {
  it('have the types that are declared, in TypeScript too', () => {
    const values = read('from=2020') as ValuesOf<typeof parameters>;
    const horizon: number | undefined = values.horizon;
    const start: string = values.from;
    const low: JsonObject | undefined = values.range[0]?.low;
    const profile: readonly string[] = values.profile;
    expect([horizon, start, low, profile]).toEqual([undefined, '2020', undefined, []]);
    // @ts-expect-error: nothing of this name is declared.
    expect(values.nothing).toBeUndefined();
  });

  it('come in the query where they are primitive, and keep the digits of decimals', () => {
    const query =
      'horizon=-5&factor=1.10&from=2020-01&profile=http://a.b/c&profile=urn:x&active=true&kind=http://loinc.org|1-2';
    expect(read(`${query}&_format=json&_pretty=true`)).toEqual({
      horizon: -5,
      factor: new ExactNumber('1.10'),
      from: '2020-01',
      profile: ['http://a.b/c', 'urn:x'],
      active: true,
      kind: { system: 'http://loinc.org', code: '1-2' },
      subject: undefined,
      patient: undefined,
      raw: undefined,
      range: [],
    });
    expect(Number((read('from=2020&factor=1.10') as ValuesOf<typeof parameters>).factor)).toBe(1.1);
  });

  it('come in Parameters, with their parts, resources and types that specialise theirs', () => {
    const quantity = { value: 1, unit: 'mg' };
    const input = posted(
      { name: 'from', valueDate: '2020' },
      { name: 'horizon', valuePositiveInt: 7 },
      { name: 'profile', valueCanonical: 'http://a.b/c' },
      { name: 'kind', valueString: 'x' },
      { name: 'subject', valueReference: { reference: 'Patient/p1' } },
      { name: 'patient', resource: { resourceType: 'Patient', active: true } },
      { name: 'raw', resource: { resourceType: 'Patient', gender: 7 } },
      { name: 'range', part: [{ name: 'low', valueQuantity: quantity }] },
    );
    expect(read('', input)).toMatchObject({
      from: '2020',
      horizon: 7,
      profile: ['http://a.b/c'],
      kind: { code: 'x' },
      subject: { reference: 'Patient/p1' },
      raw: { gender: 7 },
      range: [{ low: quantity, high: undefined }],
    });
  });

  it('may be of a wider type, where the value is one of the declared type', () => {
    const input = posted(
      { name: 'from', valueString: '2020' },
      { name: 'most', valueInteger: 7 },
      { name: 'profile', valueString: 'http://a.b/c' },
      { name: 'profile', valueUrl: 'http://a.b/d' },
    );
    const sent = posted(...(input['parameter'] as readonly Json[]).slice(1), from);
    expect(read('', sent)).toMatchObject({ from: '2020', most: 7, profile: ['http://a.b/c', 'http://a.b/d'] });
    expect(issuesOf('', input)).toEqual([expect.stringMatching(/"from" has valueString; it takes valueDateTime/)]);
  });

  it('may be a resource alone, which is checked too', () => {
    const declared = [{ name: 'one', type: 'Patient', min: 1, documentation: 'One.' }] as const;
    expect(read('', { resourceType: 'Patient', active: true }, declared)).toEqual({
      one: { resourceType: 'Patient', active: true },
    });
    expect(() => read('', { resourceType: 'Patient', active: 7 }, declared)).toThrow(/true or false/);
    expect(() => read('', { resourceType: 'Group' }, declared)).toThrow(/of the type "Group"/);
  });
});

describe('what is not as declared', () => {
  it.each<[string, JsonObject | undefined, readonly string[]]>([
    [
      '',
      undefined,
      [
        "required Parameters.parameter.where(name='from') $risk needs the parameter from: valueDateTime. When it begins.",
      ],
    ],
    [
      'from=2020&horizn=1',
      undefined,
      [
        'not-supported Parameters.parameter.where(name=\'horizn\') $risk has no parameter "horizn" here. Did you mean horizon? It takes',
      ],
    ],
    [
      'from=2020&horizon=1.5',
      undefined,
      [
        'value Parameters.parameter.where(name=\'horizon\') The parameter "horizon" is "1.5", but has to be a whole number',
      ],
    ],
    ['from=2020&from=2021', undefined, ["structure Parameters.parameter.where(name='from') $risk takes from once"]],
    [
      'from=soon',
      undefined,
      ['value Parameters.parameter.where(name=\'from\') The parameter "from" is "soon", but has to be YYYY'],
    ],
    [
      'from=2020&subject=Patient/1',
      undefined,
      [
        'value Parameters.parameter.where(name=\'subject\') The parameter "subject" has no form that a query could have: POST Parameters',
      ],
    ],
    ["from=2020&it's=1", undefined, ["not-supported Parameters.parameter.where(name='it\\'s')"]],
    [
      '',
      posted(from, { name: 'horizon', valueString: '1' }),
      ['value Parameters.parameter[1].value The parameter "horizon" has valueString; it takes valueInteger.'],
    ],
    [
      '',
      posted(from, { name: 'most', valueInteger: 0 }, { name: 'profile', valueString: 'a b' }),
      [
        'value Parameters.parameter[1].value The parameter "most" has valueInteger; it takes valuePositiveInt.',
        'value Parameters.parameter[2].value The parameter "profile" has valueString; it takes valueUri.',
      ],
    ],
    ['', posted(from, { name: 'horizon', valueInteger: '1' }), ['structure Parameters.parameter[1].value Expected']],
    [
      '',
      posted(from, { name: 'horizon' }),
      ['structure Parameters.parameter[1] The parameter "horizon" has no value; it takes valueInteger.'],
    ],
    [
      '',
      posted(from, { name: 'horizon', valueInteger: 1, resource: { resourceType: 'Patient', active: true } }),
      ['structure Parameters.parameter[1] The parameter "horizon" has more than one'],
    ],
    [
      '',
      posted(from, { name: 'patient', resource: { resourceType: 'Group', type: 'person', actual: true } }),
      [
        'value Parameters.parameter[1].resource The parameter "patient" has a resource of the type "Group"; it takes resource, a Patient.',
      ],
    ],
    [
      '',
      posted(from, { name: 'patient', resource: { resourceType: 'Patient', gender: 'x' } }),
      ['code-invalid Parameters.parameter[1].resource.gender'],
    ],
    [
      '',
      posted(from, { name: 'range', part: [{ name: 'lo', valueQuantity: { value: 1 } }] }),
      ['not-supported Parameters.parameter[1].part[0]', "required Parameters.parameter[1].part.where(name='low')"],
    ],
    [
      '',
      posted(from, { name: 'range', valueString: 'x' }),
      ['value Parameters.parameter[1].value The parameter "range" has valueString; it takes part (low, high).'],
    ],
    [
      '',
      { resourceType: 'Parameters', parameter: 'x' },
      ['structure Parameters.parameter Parameters.parameter is a list.', 'required', 'structure'],
    ],
  ])('%s %j', (query, input, expected) => {
    const issues = issuesOf(query, input);
    const starts = expected.filter((one) => issues.some((issue) => issue.startsWith(one)));
    expect([starts, issues.length], issues.join('\n')).toEqual([expected, Math.max(expected.length, issues.length)]);
    if (expected.length === 1) expect(issues).toHaveLength(1);
  });

  it('is told all at once, and bounded', () => {
    const many = posted(...Array.from({ length: 300 }, (_, i) => ({ name: `n${i}`, valueString: 'x' })));
    const issues = issuesOf('horizon=x&factor=y', many);
    expect([issues.length, issues.at(-1)]).toEqual([51, expect.stringMatching(/2\d\d more are wrong/)]);
  });
});

it('no query and no document makes it throw anything but a 400', () => {
  const names = fc.oneof(fc.constantFrom(...parameters.map(({ name }) => name), 'low', '__proto__'), fc.string());
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('2020', 1, true, { resourceType: 'Patient' }, [{ name: 'low' }]),
  );
  const kinds = fc.constantFrom(
    'valueString',
    'valueInteger',
    'valueDecimal',
    'valueX',
    'resource',
    'part',
    '_valueCode',
    'value',
  );
  const one = fc.record({ name: fc.oneof(names, fc.jsonValue()), more: fc.dictionary(kinds, value) });
  const list = fc.oneof(fc.array(one.map(({ name, more }) => ({ name, ...more }))), fc.jsonValue());
  const query = fc.array(fc.tuple(names, fc.string())).map((pairs) => new URLSearchParams(pairs).toString());
  fc.assert(
    fc.property(query, list, fc.constantFrom('Parameters', 'Patient', 'x'), (text, parameter, resourceType) => {
      try {
        // As bodies are read, where some names are 400 already.
        const input = parseJson(JSON.stringify({ resourceType, parameter }).replaceAll('\\u0000', '')) as JsonObject;
        const values = read(text, input);
        expect(Object.keys(values)).toEqual(parameters.map(({ name }) => name));
      } catch (error) {
        expect(error instanceof FhirError && error.status).toBe(400);
      }
    }),
    { numRuns: 500 },
  );
});

// A declaration that is written as it should be keeps the types of its parameters.
const typed = {
  code: 'x',
  level: ['system'],
  affectsState: false,
  access: 'any-token',
  documentation: 'X.',
  parameters,
} as const satisfies OperationDeclaration;
void typed;
