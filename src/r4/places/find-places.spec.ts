import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPlaces, type TextForm } from './find-places.js';

const json = `{
  "resourceType": "Patient",
  "name": [{"given": ["a\\"]", "b"], "_given": [null, {"extension": [{"url": "x"}]}]},
    {"family": "x"}],
  "deceasedBoolean": true,
  "dateFilter": 1, "date": 2,
  "_birthDate": {"id": "b"}
}`;

const xml = `<?xml version="1.0"?><!-- <name/> -->
<f:Patient xmlns:f="http://hl7.org/fhir">
  <f:text><div xmlns="http://www.w3.org/1999/xhtml"><name/> > </div></f:text>
  <f:contained><f:Group><f:name value="g"/></f:Group></f:contained>
  <f:name><f:given value="a>"/><f:given value='b"/>'/></f:name><f:name>
    <f:family value="x"/></f:name>
  <f:deceasedBoolean value="true"></f:deceasedBoolean>
</f:Patient>`;

function placesOf(text: string, form: TextForm, ...expressions: string[]) {
  const paths = expressions.map((expression) => expression.replace(/^[^.[]*/, ''));
  return findPlaces({ text, form, paths }).map(({ line, column }) => [line, column]);
}

describe('the place of an element in the text of a body', () => {
  it.each([
    ['json', 'Patient', 1, 1],
    ['json', 'Patient.name', 3, 11],
    ['json', 'Patient.name[0].given[1]', 3, 31],
    ['json', 'Patient.name[0].given[1].extension[0].url', 3, 77],
    ['json', 'Patient.name[1].family', 4, 16],
    ['json', 'Patient.deceased', 5, 22],
    ['json', 'Patient.date', 6, 28],
    ['json', 'Patient.birthDate', 7, 17],
    ['json', 'Patient.name[1].period.start', 4, 5],
    ['json', 'Patient.gender', 1, 1],
    ['json', 'Patient.name[7]', 3, 11],
    ['xml', 'Patient', 2, 1],
    ['xml', 'Patient.text.div', 3, 11],
    ['xml', 'Patient.contained[0]', 4, 3],
    ['xml', 'Patient.contained[0].name', 4, 25],
    ['xml', 'Patient.name', 5, 3],
    ['xml', 'Patient.name[0].given[1]', 5, 32],
    ['xml', 'Patient.name[1]', 5, 64],
    ['xml', 'Patient.name[1].family', 6, 5],
    ['xml', 'Patient.name[1].period.start', 5, 64],
    ['xml', 'Patient.deceased', 7, 3],
    ['xml', 'Patient.gender', 2, 1],
  ] as const)('in %s, %s is at line %i, column %i', (form, expression, line, column) => {
    expect(placesOf(form === 'json' ? json : xml, form, expression)).toEqual([[line, column]]);
  });

  it('is found for all elements that are asked about in one pass', () => {
    const asked = ['Patient.name[1].family', 'Patient', 'Patient.name[0].given[1]', 'Patient.name[1].family'];
    expect(placesOf(json, 'json', ...asked)).toEqual([
      [4, 16],
      [1, 1],
      [3, 31],
      [4, 16],
    ]);
  });

  it('is that of the nearest element around one that is not there, whatever the text', () => {
    for (const odd of ['', '[', '{"a"', '{"a":', '[1,2', '<', '<a', '<a><b', '</a>', '<a b="'])
      for (const form of ['json', 'xml'] as const)
        expect(findPlaces({ text: odd, form, paths: ['.a[3].b', '.b'] })[0]).toMatchObject({ line: 1 });
  });
});

/** Paths with their lines and columns, each read on its own: tokens by one regular expression, lines by splitting. */
function naiveJson(text: string): Map<string, { line: number; column: number }> {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)];
  const places = new Map<string, { line: number; column: number }>();
  let next = 0;
  const value = (path: string): void => {
    const { 0: token, index } = tokens[next++]!;
    const lines = text.slice(0, index).split(/\r\n|\r|\n/);
    places.set(path, { line: lines.length, column: lines.at(-1)!.length + 1 });
    if (token !== '{' && token !== '[') return;
    for (let i = 0; tokens[next]![0] !== '}' && tokens[next]![0] !== ']'; i++) {
      if (tokens[next]![0] === ',') next++;
      if (token === '[') value(`${path}[${i}]`);
      else {
        const name = JSON.parse(tokens[next]![0]) as string;
        next += 2;
        value(`${path}.${name}`);
      }
    }
    next++;
  };
  value('');
  return places;
}

const blanks = fc
  .array(fc.constantFrom(' ', '\n', '\r\n', '\t', '\r', '    '), { maxLength: 4 })
  .map((all) => all.join(''));
const names = fc.constantFrom('a', 'b', 'name', 'value', 'c-d', 'ünïcode', 'a\\u0062c', 'line');
const strings = fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text));

/** JSON text with any blanks between its tokens. */
const { document } = fc.letrec<{ document: string }>((tie) => ({
  document: fc
    .tuple(
      blanks,
      fc.oneof(
        { maxDepth: 5, depthIdentifier: 'json' },
        fc.constantFrom('1.50', 'true', 'null', '-0.1e+7'),
        strings,
        fc.array(tie('document'), { maxLength: 4, depthIdentifier: 'json' }).map((all) => `[${all.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(names, blanks, blanks, tie('document')), {
            maxLength: 5,
            selector: ([name]) => name,
            depthIdentifier: 'json',
          })
          .map(
            (all) =>
              `{${all.map(([name, before, behind, inner]) => `${before}"${name}"${behind}:${inner}`).join(',')}}`,
          ),
      ),
      blanks,
    )
    .map(([before, inner, behind]) => `${before}${inner}${behind}`),
}));

interface Tree {
  readonly name: string;
  readonly before: string;
  readonly children: readonly Tree[];
}

const xmlBlanks = fc.constantFrom('', ' ', '\n', '\r\n  ', '<!-- <a> > -->', '\r');
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name: fc.constantFrom('a', 'b', 'value', 'name'),
    before: xmlBlanks,
    children: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 4 })),
  }),
}));

/** Writes the element and notes where each one begins: of several of one name, also without an index. */
function writeTree(root: Tree): { text: string; places: Map<string, number> } {
  const places = new Map<string, number>();
  let text = '';
  const write = ({ name, before, children }: Tree, paths: readonly string[]): void => {
    text += before;
    for (const path of paths) if (!places.has(path)) places.set(path, text.length);
    text += `<${name} x=">"${children.length === 0 ? '/>' : '>'}`;
    const counts = new Map<string, number>();
    for (const child of children) {
      const index = counts.get(child.name) ?? 0;
      counts.set(child.name, index + 1);
      write(child, [`${paths[0]!}.${child.name}[${index}]`, ...(index === 0 ? [`${paths[0]!}.${child.name}`] : [])]);
    }
    if (children.length > 0) text += `</${name}>`;
  };
  write(root, ['']);
  return { text, places };
}

describe('the place of any element of any document', () => {
  it('is in JSON what a plain reader says', () => {
    fc.assert(
      fc.property(document, (text) => {
        const places = naiveJson(text);
        const found = findPlaces({ text, form: 'json', paths: [...places.keys()] });
        expect(found.map(({ line, column }) => ({ line, column }))).toEqual([...places.values()]);
      }),
      { numRuns: 500 },
    );
  });

  it('is in XML where it was written', () => {
    fc.assert(
      fc.property(tree, (root) => {
        const { text, places } = writeTree(root);
        const found = findPlaces({ text, form: 'xml', paths: [...places.keys()] });
        expect(found.map(({ offset }) => offset)).toEqual([...places.values()]);
      }),
      { numRuns: 500 },
    );
  });
});
