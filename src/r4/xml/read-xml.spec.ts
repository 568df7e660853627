import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, parseJson, writeJson } from '../json/json.js';
import { MalformedXml } from './malformed-xml.js';
import { readXml } from './read-xml.js';
import { writeXml } from './write-xml.js';

const patient = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;
const observation = (content: string): string => `<Observation xmlns="http://hl7.org/fhir">${content}</Observation>`;
const narrative = (div: string): string => patient(`<text><status value="generated"/>${div}</text>`);

function failureOf(text: string): MalformedXml {
  try {
    readXml(text);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedXml);
    return error as MalformedXml;
  }
  throw new Error('It was read.');
}

function millisecondsToRefuse(text: string): number {
  const start = performance.now();
  failureOf(text);
  return performance.now() - start;
}

describe('readXml', () => {
  it('types booleans, integers and decimals, digit for digit', () => {
    const xml = observation(
      '<valueQuantity><value value="1.10"/></valueQuantity>' +
        '<component><valueInteger value="+7"/></component>' +
        '<component><valueBoolean value="false"/></component>' +
        '<component><valueQuantity><value value="1E2"/></valueQuantity></component>' +
        '<component><valueString value="1.10"/></component>' +
        '<component><valueQuantity><value value="2.5"/></valueQuantity></component>',
    );
    expect(readXml(xml)).toEqual({
      resourceType: 'Observation',
      valueQuantity: { value: new ExactNumber('1.10') },
      component: [
        { valueInteger: 7 },
        { valueBoolean: false },
        { valueQuantity: { value: new ExactNumber('1E2') } },
        { valueString: '1.10' },
        { valueQuantity: { value: 2.5 } },
      ],
    });
  });

  it('keeps ids and extensions of primitives, aligned by null', () => {
    const xml = patient(
      '<name id="n"><given value="A"/><given id="g"/><given value="C"><extension url="http://e.x"><valueCode value="c"/></extension></given></name>' +
        '<birthDate id="b" value="1970-01-01"/>',
    );
    expect(readXml(xml)).toEqual({
      resourceType: 'Patient',
      name: [
        {
          id: 'n',
          given: ['A', null, 'C'],
          _given: [null, { id: 'g' }, { extension: [{ url: 'http://e.x', valueCode: 'c' }] }],
        },
      ],
      birthDate: '1970-01-01',
      _birthDate: { id: 'b' },
    });
  });

  it('writes no array of nulls when no item has a value', () => {
    const xml = patient('<name><given id="a"/><given id="b"/></name>');
    expect(readXml(xml)).toMatchObject({ name: [{ _given: [{ id: 'a' }, { id: 'b' }] }] });
    expect(readXml(xml)['name']).not.toHaveProperty('0.given');
  });

  it('reads contained and nested resources', () => {
    const xml =
      '<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><id value="p"/>' +
      '<contained><Organization><id value="o"/></Organization></contained></Patient></resource>' +
      '<response><status value="200"/><outcome><OperationOutcome/></outcome></response></entry></Bundle>';
    expect(readXml(xml)).toEqual({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          resource: { resourceType: 'Patient', id: 'p', contained: [{ resourceType: 'Organization', id: 'o' }] },
          response: { status: '200', outcome: { resourceType: 'OperationOutcome' } },
        },
      ],
    });
  });

  it('drops declaration, BOM, comments, processing instructions and space between elements', () => {
    const xml =
      '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<!-- <!DOCTYPE x> --><?style <!DOCTYPE x>?>' +
      '<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b">\n' +
      '\t<!-- active? --> <active <!-- --> value="true"/><?now?>\n</Patient>\n<!-- end -->';
    expect(readXml(xml.replace('<active <!-- -->', '<active'))).toEqual({ resourceType: 'Patient', active: true });
  });

  it('reads prefixes and single quotes', () => {
    const xml = "<f:Patient xmlns:f='http://hl7.org/fhir'><f:active value='true'></f:active></f:Patient>";
    expect(readXml(xml)).toEqual({ resourceType: 'Patient', active: true });
  });

  it('normalises white space of attributes, but not character references', () => {
    const xml = patient('<name><text value="a\tb\nc\r\nd&#10;e&#13;&#x9;&lt;&amp;&quot;&apos;&gt;"/></name>');
    expect(readXml(xml)).toMatchObject({ name: [{ text: 'a b c d\ne\r\t<&"\'>' }] });
  });

  describe('keeps the narrative', () => {
    const div =
      '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"> <p class=\'a\'>1 &lt; 2&#160;<br />\r\n<!-- c --></p></div >';

    it('as it was sent', () => {
      expect(readXml(narrative(div))).toMatchObject({ text: { div } });
      expect(readXml(narrative('<div xmlns="http://www.w3.org/1999/xhtml"/>'))).toMatchObject({
        text: { div: '<div xmlns="http://www.w3.org/1999/xhtml"/>' },
      });
    });

    it('so that it stands alone, when its namespace was declared further out', () => {
      const xml =
        '<Patient xmlns="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><text><status value="generated"/>' +
        '<h:div id="d"><h:p title="&quot;&#10;">1 &lt; 2 <![CDATA[<&]]></h:p><!-- c --><h:br></h:br></h:div></text></Patient>';
      expect(readXml(xml)).toMatchObject({
        text: {
          div: '<div xmlns="http://www.w3.org/1999/xhtml" id="d"><p title="&quot;&#10;">1 &lt; 2 &lt;&amp;</p><br/></div>',
        },
      });
    });

    it('but refuses what would not stand alone', () => {
      const inherited =
        '<Patient xmlns="http://hl7.org/fhir" xmlns:v="urn:v"><text><status value="generated"/>' +
        '<div xmlns="http://www.w3.org/1999/xhtml"><p v:a="1"/></div></text></Patient>';
      expect(failureOf(inherited).message).toContain('The prefix "v" is declared outside the narrative');
    });
  });

  it.each<readonly [string, string, number, number, string | undefined]>([
    [patient('\n<gendr/>'), '"gendr" is no element of Patient; did you mean "gender"?', 2, 1, 'Patient'],
    [
      patient('<name>\n <family valu="x"/></name>'),
      'The attribute "valu" is not allowed here',
      2,
      2,
      'Patient.name[0]',
    ],
    [patient('<name/><name value="x"/>'), 'The attribute "value" is not allowed here', 1, 45, 'Patient'],
    [patient('<active value="yes"/>'), '"yes" is not a boolean (true or false)', 1, 38, 'Patient'],
    [patient('<multipleBirthInteger value="1.0"/>'), '"1.0" is not a integer', 1, 38, 'Patient'],
    [patient('<active value="true"/><active value="true"/>'), '"active" occurs a second time', 1, 60, 'Patient'],
    [patient('<gender value="male"/><active value="true"/>'), '"active" has to come before "gender"', 1, 60, 'Patient'],
    [patient('<name/><gender value="male"/><name/>'), '"name" has to come before "gender"', 1, 67, 'Patient'],
    [
      patient('<deceasedBoolean value="true"/><deceasedDateTime value="2020"/>'),
      '"deceasedBoolean" and "deceasedDateTime" exclude each other; deceased[x] has one value',
      1,
      69,
      'Patient',
    ],
    [patient('<gender/>'), '"gender" has neither a value nor an extension nor an id', 1, 38, 'Patient.gender'],
    [patient('<name>x</name>'), 'Text is not allowed here', 1, 45, 'Patient.name[0]'],
    [patient('<name><![CDATA[x]]></name>'), 'Text is not allowed here', 1, 56, 'Patient.name[0]'],
    [patient('<contained/>'), 'This element holds no resource', 1, 38, 'Patient.contained[0]'],
    [patient('<contained><Basic/><Basic/></contained>'), 'a second resource', 1, 57, 'Patient.contained[0]'],
    [patient('<contained><Basics/></contained>'), 'did you mean "Basic"?', 1, 49, 'Patient.contained[0]'],
    [
      patient('<active xmlns="" value="true"/>'),
      '"active" has to be in the namespace http://hl7.org/fhir',
      1,
      38,
      'Patient',
    ],
    [narrative('<div>x</div>'), '"div" has to be in the namespace http://www.w3.org/1999/xhtml', 1, 71, 'Patient.text'],
    ['<Patient/>', 'A resource has to be in the namespace http://hl7.org/fhir', 1, 1, undefined],
    ['<patient xmlns="http://hl7.org/fhir"/>', 'did you mean "Patient"?', 1, 1, undefined],
    ['', 'The body cannot be read as XML: document must contain a root element', 1, 1, undefined],
    [patient('<name>'), 'The body cannot be read as XML: unexpected close tag', 1, 53, 'Patient'],
    [`${patient('')}x`, 'text data outside of root node', 1, 48, undefined],
    [patient('&nbsp;'), 'only &amp; &lt; &gt; &quot; &apos; and numbers such as &#160; are read', 1, 43, 'Patient'],
    [patient('&#0;'), 'malformed character entity', 1, 41, 'Patient'],
    [`<?xml version="1.1"?>${patient('')}`, 'XML 1.1 is not read here', 1, 1, undefined],
    [`<?xml version="1.0" encoding="UTF-16"?>${patient('')}`, 'The encoding UTF-16 is not read here', 1, 1, undefined],
    [`<!DOCTYPE Patient>${patient('')}`, 'DTD', 1, 1, undefined],
    [`<!-- -->\n<!DOCTYPE Patient SYSTEM "file:///etc/passwd">${patient('')}`, 'DTD', 2, 1, undefined],
    [patient('<name><text value="\ud800"/></name>'), 'half of a surrogate pair', 1, 57, undefined],
  ])('refuses %j', (...[xml, reason, line, column, expression]) => {
    const failure = failureOf(xml);
    expect(failure.reason).toContain(reason);
    expect(failure).toMatchObject({ status: 400, line, column });
    expect(failure.message).toContain(`(line ${line}, column ${column}).`);
    expect(failure.issues[0]?.expression?.[0]).toBe(expression);
  });

  it('nests as deep as JSON may', () => {
    const items = (depth: number, content: string): string =>
      `<Questionnaire xmlns="http://hl7.org/fhir">${'<item>'.repeat(depth)}${content}${'</item>'.repeat(depth)}</Questionnaire>`;
    expect(readXml(items(49, '<linkId value="1"/>'))).toMatchObject({ resourceType: 'Questionnaire' });
    const deepest = readXml(items(49, '<linkId id="1" value="2"/>'));
    expect(parseJson(writeJson(deepest))).toEqual(deepest);
    expect(failureOf(items(49, '<code/>')).message).toContain('The body nests more than 100 levels deep');
    expect(failureOf(items(50, '')).message).toContain('The body nests more than 100 levels deep');
    const div = (depth: number): string =>
      narrative(`<div xmlns="http://www.w3.org/1999/xhtml">${'<p>'.repeat(depth)}${'</p>'.repeat(depth)}</div>`);
    expect(readXml(div(99))).toHaveProperty('text.div');
    expect(failureOf(div(100)).message).toContain('The narrative nests more than 100 levels deep');
  });

  describe('refuses bombs before they cost much', () => {
    const mega = 1 << 20;
    it.each<readonly [string, string]>([
      [
        'a billion laughs',
        `<!DOCTYPE Patient [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i} "${'&a;'.repeat(10)}">`).join('')}]>${patient('<name><text value="&a19;"/></name>')}`,
      ],
      ['many comments in a DTD', `<!DOCTYPE a [${'<!ENTITY a "<!--">'.repeat(mega / 16)}]>${patient('')}`],
      ['a million open elements', '<Bundle xmlns="http://hl7.org/fhir">'.repeat(mega / 32)],
      [
        'a million open elements of a narrative',
        narrative(`<div xmlns="http://www.w3.org/1999/xhtml">${'<p>'.repeat(mega)}`),
      ],
      ['an attribute that never ends', `<Patient xmlns="${'x'.repeat(8 * mega)}`],
      ['a name that never ends', `<${'x'.repeat(8 * mega)}`],
      ['a huge unknown name', patient(`<${'x'.repeat(4 * mega)}/>`)],
      [
        'a hundred thousand attributes',
        patient(`<name ${Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ')}/>`),
      ],
      [
        'a hundred thousand namespaces',
        patient(`<name ${Array.from({ length: 100_000 }, (_, i) => `xmlns:a${i}="u"`).join(' ')} x=""/>`),
      ],
      ['an entity that never ends', patient(`&${'x'.repeat(8 * mega)}`)],
      ['unclosed comments', patient('<!-'.repeat(mega))],
    ])('%s', { timeout: 20_000 }, (_, text) => {
      expect(millisecondsToRefuse(text)).toBeLessThan(4000);
    });
  });

  it('takes time in proportion to the text', { timeout: 30_000 }, () => {
    const reading = (count: number): number => {
      const xml = patient(`<name>${'<given value="a&amp;&amp;b"/>'.repeat(count)}<given id="x"/></name>`);
      const start = performance.now();
      readXml(xml);
      return performance.now() - start;
    };
    reading(20_000);
    expect(reading(120_000)).toBeLessThan(Math.max(reading(20_000), 20) * 30);
  });

  it('never throws anything but MalformedXml on any text', () => {
    const words =
      '< > / =" " \' & ; # x ! -- ? [CDATA[ ]]> : é Patient name xmlns http://hl7.org/fhir </Patient> <name>';
    const parts = fc.constantFrom(
      ...words.split(' '),
      '<Patient xmlns="http://hl7.org/fhir">',
      '<?xml version="1.0"?>',
      '<!DOCTYPE ',
      '<given value="a">',
      '</name>',
      '&amp;',
      ' ',
      '\n',
      '\r',
      '\ud800',
      '\u0000',
      '\u{1F600}',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 25 }), (texts) => {
        try {
          expect(readXml(texts.join(''))).toHaveProperty('resourceType', 'Patient');
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedXml);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws anything but MalformedXml on a damaged document, and what it reads it can write', () => {
    const sound =
      '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="p"/><text><status value="generated"/>' +
      '<div xmlns="http://www.w3.org/1999/xhtml"><p>a &amp; b</p></div></text><contained><Basic><id value="b"/></Basic></contained>' +
      '<name id="n"><given value="A"><extension url="u"><valueDecimal value="1.0"/></extension></given></name></Patient>';
    const damage = fc.record({
      at: fc.nat(sound.length),
      drop: fc.nat(12),
      add: fc.string({ unit: 'binary', maxLength: 3 }),
    });
    fc.assert(
      fc.property(damage, ({ at, drop, add }) => {
        try {
          const resource = readXml(sound.slice(0, at) + add + sound.slice(at + drop));
          expect(readXml(writeXml(resource))).toEqual(resource);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedXml);
        }
      }),
      { numRuns: 600 },
    );
  });
});
