// HL7's tests of the terminology ecosystem (https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig), mode general
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';
import { differenceFrom } from '../support/tx-templates.js';

const data = new URL('../../../shared/data/', import.meta.url);
const cases = new URL('cases/dev/tx-ecosystem.jsonl', data);
const isThere = existsSync(cases);

interface Row {
  readonly id: string;
  readonly mode: string;
  readonly setup: readonly string[];
  readonly operation: string;
  readonly request: string;
  readonly response: string;
  /** Answer of servers whose expansions are not nested. */
  readonly 'response:flat'?: string;
  /** Parameters that go with the request. */
  readonly profile?: string;
  readonly 'http-code'?: string;
  readonly 'Accept-Language'?: string;
}

/** Rows that pass at least, and all of them, by operation. */
const floors: Readonly<Record<string, readonly [passing: number, all: number]>> = {
  expand: [64, 70],
  'validate-code': [164, 166],
  'cs-validate-code': [3, 4],
  lookup: [0, 2],
  'batch-validate': [0, 1],
};

/** Rows that do not pass, by the reason. */
const explained: Readonly<Record<string, readonly string[]>> = {
  'expansions are not nested here, and it has no answer for servers of which that is so': [
    'version/vs-expand-versionless',
  ],
  'the parameters code, system and definition of the answer are of R5; R4 tells the definition as a property': [
    'parameters/parameters-lookup-supplement-none',
    'parameters/parameters-lookup-supplement-good',
  ],
  'the answer has another name than the value set that was sent': ['parameters/parameters-expand-active-active'],
  'a display in another language than the one asked for is left out only by q=0; R4 knows no such list (it has a code)':
    ['language/language-xform-en-multi-de-hard'],
  'R4 says nothing of merging versions: a code of two is told in each, and one that is excluded in one stays in the other':
    ['overload/expand-all-merged', 'overload/expand-exclude-merged', 'overload/validate-good2a'],
  'a code that a value set lists belongs to it, whether its code system is known here or not': [
    'overload/expand-enum-bad',
  ],
  'no parameter and no operation of R4: default-valueset-version, $batch-validate-code (a batch of calls is a Bundle)':
    ['default-valueset-version/indirect-validation-zero-pinned-wrong', 'batch/batch-validate-bad'],
  'a designation that is withdrawn counts as any other': ['extensions/validate-code-inactive-display'],
};

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- documents of tests
type Document = any;

const rows: readonly Row[] = isThere
  ? readFileSync(cases, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row)
      .filter(({ mode }) => mode === 'general')
  : [];

function read(path: string): Document {
  const file = new URL(`tx-ecosystem/${path}`, data);
  const bytes = existsSync(file)
    ? readFileSync(file)
    : gunzipSync(readFileSync(new URL(`tx-ecosystem/${path}.gz`, data)));
  return JSON.parse(bytes.toString().replace(/^\uFEFF/, ''));
}

const paths: Readonly<Record<string, string>> = {
  expand: 'ValueSet/$expand',
  'validate-code': 'ValueSet/$validate-code',
  'cs-validate-code': 'CodeSystem/$validate-code',
  lookup: 'CodeSystem/$lookup',
  'batch-validate': 'ValueSet/$batch-validate-code',
};

let server: TestServer;
let token: string;
beforeAll(async () => {
  if (!isThere) return;
  server = await startServer();
  token = server.token('user/*.rs');
});
afterAll(() => server?.close());

describe.skipIf(!isThere)('the cases of mode general, where ../shared/data is there', () => {
  it('are answered by their templates, but for those that are explained', async () => {
    const missed: string[] = [];
    const counts: Record<string, [number, number]> = {};
    for (const row of rows) {
      const difference = await differenceOf(row);
      const count = (counts[row.operation] ??= [0, 0]);
      count[1]++;
      if (difference === undefined) count[0]++;
      else missed.push(`${row.id}: ${difference}`);
    }
    const known = new Set(Object.values(explained).flat());
    expect(missed.filter((one) => !known.has(one.split(':')[0]!))).toEqual([]);
    for (const [operation, [passing, all]] of Object.entries(floors)) {
      expect([operation, counts[operation]![1]]).toEqual([operation, all]);
      expect(counts[operation]![0], operation).toBeGreaterThanOrEqual(passing);
    }
  });
});

/** First difference of an answer from what is wanted. Definitions go with the request, as HL7's runner sends them. */
async function differenceOf(row: Row): Promise<string | undefined> {
  const request = read(row.request);
  const more: readonly Document[] = row.profile === undefined ? [] : read(row.profile).parameter;
  const parameter = [
    ...request.parameter,
    ...more.filter(({ name }) => name !== 'uuid'),
    ...row.setup.map((path) => ({ name: 'tx-resource', resource: read(path) })),
  ];
  const language = row['Accept-Language'];
  const { status, body, text } = await server.call('POST', paths[row.operation]!, {
    token,
    body: { ...request, parameter },
    ...(language !== undefined && { headers: { 'accept-language': language } }),
  });
  const wanted = row['http-code'] ?? '2xx';
  if (!String(status).startsWith(wanted[0]!)) return `status ${status} ${text.slice(0, 300)}`;
  const flat = row['response:flat'];
  const answer = asR5(body);
  if (flat === undefined) return differenceFrom(comparable(read(row.response)), comparable(answer));
  return differenceFrom(comparable(read(flat)), comparable(withoutStatus(answer)));
}

const ofR5 = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion';

/** Properties of an expansion as elements of R5, which stand in extensions in R4 (https://hl7.org/fhir/R5/versions.html#extensions). */
function asR5({ expansion, ...rest }: Document): Document {
  if (expansion === undefined) return rest;
  const { contains, ...own } = withElements(expansion);
  return { ...rest, expansion: { ...own, ...(contains && { contains: contains.map(withElements) }) } };
}

function withElements({ extension = [], ...rest }: Document): Document {
  const isOfR5 = ({ url }: Document): boolean => url.startsWith(ofR5);
  const property = extension
    .filter(isOfR5)
    .map((one: Document) =>
      Object.fromEntries(
        one.extension.flatMap(({ url, ...value }: Document) =>
          Object.entries(value).map(([name, said]) => [url === 'value' ? name : url, said]),
        ),
      ),
    );
  const others = extension.filter((one: Document) => !isOfR5(one));
  return { ...rest, ...(others.length > 0 && { extension: others }), ...(property.length > 0 && { property }) };
}

const isStatus = ({ code }: Document): boolean => code === 'status';

/** The nested answers call this property optional; the flat ones of the same rows do not have it. */
function withoutStatus({ expansion, ...rest }: Document): Document {
  const strip = ({ property, ...own }: Document): Document => {
    const left = property?.filter((one: Document) => !isStatus(one)) ?? [];
    return { ...own, ...(left.length > 0 && { property: left }) };
  };
  if (expansion === undefined) return rest;
  const { contains, ...own } = strip(expansion);
  return { ...rest, expansion: { ...own, ...(contains && { contains: contains.map(strip) }) } };
}

/** Keys of messages in HL7's own code, which the templates of other suites leave to each server. */
const messageId = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id';

/**
 * Without what HL7's runner does not compare (narrative, meta, diagnostics), message ids, and `OperationOutcome.issue.location`, in whose place R4
 * has `expression` (https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.location).
 */
function comparable(value: Document): Document {
  if (Array.isArray(value)) return value.filter((one: Document) => one?.url !== messageId).map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const left = new Set<string>(value.resourceType === undefined ? [] : ['text', 'meta']);
  if (value.severity !== undefined) for (const name of ['diagnostics', 'location']) left.add(name);
  const entries = Object.entries<Document>(value).filter(([name]) => !left.has(name));
  return Object.fromEntries(
    entries
      .map(([name, one]) => [name, comparable(one)] as const)
      .filter(([name, one]) => name !== 'extension' || one.length > 0),
  );
}
