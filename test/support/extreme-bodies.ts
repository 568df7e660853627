/** Bodies of shapes that cost a parser, a validator or an index much. */
export interface ExtremeBody {
  readonly path: string;
  readonly body: string;
  readonly contentType?: string;
  readonly status: number;
  /** Pattern of the answer. */
  readonly said: RegExp;
}

const repeated = (part: string, bytes: number): string => part.repeat(Math.ceil(bytes / part.length));
const patient = (rest: string): string => `{"resourceType":"Patient",${rest}}`;
const tooMany = /holds more than 200000 values \(setting VALUES_LIMIT\)/;
const megabyte = 1_000_000;
const xml = 'application/fhir+xml';

/** With the defaults of a server; `scale` 1: as large as the settings take, or larger. */
export function extremeBodies(scale: number): Readonly<Record<string, () => ExtremeBody>> {
  const size = (megabytes: number): number => Math.ceil(megabytes * megabyte * scale);
  return {
    '100,000 names': () => ({
      path: 'Patient',
      body: patient(
        `"name":[${Array.from({ length: 100_000 }, (_, i) => `{"family":"N${i.toString(36)}","given":["G${i}"]}`).join()}]`,
      ),
      status: 413,
      said: tooMany,
    }),
    'decimals beside the entries of a batch': () => ({
      path: '',
      body: `{"resourceType":"Bundle","type":"batch","x":[${repeated('1.0,', size(16))}1]}`,
      status: 413,
      said: tooMany,
    }),
    'decimals in a resource': () => ({
      path: 'Patient',
      body: patient(`"x":[${repeated('1.0,', size(15))}1]`),
      status: 413,
      said: tooMany,
    }),
    'empty entries': () => ({
      path: '',
      body: `{"resourceType":"Bundle","type":"transaction","entry":[${repeated('{},', size(40))}{}]}`,
      status: 413,
      said: tooMany,
    }),
    'entries that are dense': () => ({
      path: '',
      body: `{"resourceType":"Bundle","type":"transaction","entry":[${repeated(`{"resource":{"a":[${repeated('{},', 500_000)}1]}},`, size(20))}{}]}`,
      status: 413,
      said: tooMany,
    }),
    'deep nesting': () => ({ path: 'Patient', body: '['.repeat(size(15)), status: 400, said: /DEPTH_LIMIT/ }),
    'one huge string': () => ({
      path: 'Patient',
      body: patient(`"language":"${'x'.repeat(size(15))}"`),
      status: 422,
      said: /Patient\.language/,
    }),
    'one huge string of escapes': () => ({
      path: 'Patient',
      body: patient(`"language":"${repeated(String.raw`\u0041\"`, size(15))}"`),
      status: 422,
      said: /Patient\.language/,
    }),
    'one huge number': () => ({
      path: 'Patient',
      body: patient(`"x":-${'1'.repeat(size(15))}`),
      status: 400,
      said: /more than 1000 characters/,
    }),
    'many keys': () => ({
      path: 'Patient',
      body: patient(Array.from({ length: 150_000 }, (_, i) => `"k${i}":1`).join()),
      status: 400,
      said: /more than 1000 names/,
    }),
    'extensions of primitives': () => ({
      path: 'Patient',
      body: patient(
        `"name":[{"given":[${repeated('null,', 400_000)}null],"_given":[${repeated('null,', 400_000)}null]}]`,
      ),
      status: 422,
      said: /Patient\.name\[0\]\.given/,
    }),
    'elements of XML': () => ({
      path: 'Patient',
      contentType: xml,
      body: `<Patient xmlns="http://hl7.org/fhir">${repeated('<name><family value="a"/></name>', size(15))}</Patient>`,
      status: 413,
      said: tooMany,
    }),
    'a JSON Patch': () => ({
      path: 'Patient/1',
      contentType: 'application/json-patch+json',
      body: `[${repeated('{"op":"test","path":"/a","value":[]},', size(15))}{}]`,
      status: 413,
      said: tooMany,
    }),
    Parameters: () => ({
      path: 'Patient/$validate',
      body: `{"resourceType":"Parameters","parameter":[${repeated('{"name":"a"},', size(15))}{}]}`,
      status: 413,
      said: tooMany,
    }),
    'a form': () => ({
      path: 'Patient/_search',
      contentType: 'application/x-www-form-urlencoded',
      body: repeated('a=1&', size(15)),
      status: 413,
      said: /larger than 1048576 bytes/,
    }),
    'a Binary that is none': () => ({
      path: 'Binary',
      body: `{"resourceType":"Binary","contentType":"text/plain","x":[${repeated('1.0,', size(15))}1]}`,
      status: 413,
      said: tooMany,
    }),
  };
}
