import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type JsonObject, parseJson, writeJson } from '../json/json.js';
import { operationOutcome } from '../errors/operation-outcome.js';
import { NotRepresentableInXml } from './not-representable-in-xml.js';
import { readXml } from './read-xml.js';
import { type Replacement, writeXml } from './write-xml.js';

const xhtml = 'http://www.w3.org/1999/xhtml';
const withNarrative = (div: string): JsonObject => ({ resourceType: 'Patient', text: { status: 'generated', div } });

describe('writeXml', () => {
  it('writes elements in the order of the definition, whatever the order of the JSON', () => {
    const patient = {
      birthDate: '1970-01-01',
      name: [{ given: ['A', 'B'], family: 'C & <D>', id: 'n' }],
      active: true,
      _birthDate: { extension: [{ valueDecimal: new ExactNumber('1.10'), url: 'http://e.x/"' }] },
      contained: [{ id: 'o', resourceType: 'Organization' }],
      resourceType: 'Patient',
      id: 'p',
    };
    expect(writeXml(patient)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Patient xmlns="http://hl7.org/fhir"><id value="p"/>' +
        '<contained><Organization><id value="o"/></Organization></contained><active value="true"/>' +
        '<name id="n"><family value="C &amp; &lt;D>"/><given value="A"/><given value="B"/></name>' +
        '<birthDate value="1970-01-01"><extension url="http://e.x/&quot;"><valueDecimal value="1.10"/></extension></birthDate></Patient>',
    );
  });

  it('writes errors', () => {
    const outcome = operationOutcome([{ code: 'invalid', diagnostics: 'a < b', expression: ['Patient.name'] }]);
    expect(writeXml(outcome as unknown as JsonObject)).toContain(
      '<issue><severity value="error"/><code value="invalid"/><diagnostics value="a &lt; b"/><expression value="Patient.name"/></issue>',
    );
  });

  it('fills both arrays of a primitive that repeats', () => {
    const name = { given: ['A', null], _given: [null, { id: 'g' }, { id: 'h' }] };
    expect(writeXml({ resourceType: 'Patient', name: [name] })).toContain(
      '<name><given value="A"/><given id="g"/><given id="h"/></name>',
    );
  });

  it('writes the narrative as it is, and declares its namespace where that was forgotten', () => {
    const div = `<div xmlns="${xhtml}"> <p>a&#160;<br /></p>\r\n</div>`;
    expect(writeXml(withNarrative(div))).toContain(`<text><status value="generated"/>${div}</text>`);
    expect(writeXml(withNarrative(' <div class="a">x</div>\n'))).toContain(
      `<div xmlns="${xhtml}" class="a">x</div></text>`,
    );
  });

  it.each<readonly [JsonObject, string, string]>([
    [{ resourceType: 'Patent' }, 'The resource', 'is no R4 resource'],
    [{ id: 'x' }, 'The resource', 'is no R4 resource'],
    [{ resourceType: 'Patient', nmae: [] }, 'Patient', 'has the property "nmae"'],
    [{ resourceType: 'Patient', __proto__x: 1 }, 'Patient', 'has the property "__proto__x"'],
    [
      { resourceType: 'Patient', name: [{ resourceType: 'HumanName' }] },
      'Patient.name[0]',
      'has the property "resourceType"',
    ],
    [{ resourceType: 'Patient', name: [{ _id: { id: 'x' } }] }, 'Patient.name[0]', 'has the property "_id"'],
    [{ resourceType: 'Patient', name: { family: 'x' } }, 'Patient.name', 'is no array'],
    [{ resourceType: 'Patient', name: [] }, 'Patient.name', 'is an empty array'],
    [{ resourceType: 'Patient', name: ['x'] }, 'Patient.name[0]', 'is no object'],
    [{ resourceType: 'Patient', name: [{ id: 1 }] }, 'Patient.name[0]', 'has a property "id" that is no text'],
    [
      { resourceType: 'Patient', name: [{ given: [null] }] },
      'Patient.name[0].given[0]',
      'is null without id or extension',
    ],
    [{ resourceType: 'Patient', active: [true] }, 'Patient.active', 'is no primitive value'],
    [{ resourceType: 'Patient', active: { a: 1 } }, 'Patient.active', 'is no primitive value'],
    [{ resourceType: 'Patient', _active: 'x' }, 'Patient.active', 'has extensions that are no object'],
    [{ resourceType: 'Patient', contained: [{ id: 'x' }] }, 'Patient.contained[0]', 'is no R4 resource'],
    [{ resourceType: 'Patient', contained: [null] }, 'Patient.contained[0]', 'is no R4 resource'],
    [{ resourceType: 'Patient', text: { div: 1 } }, 'Patient.text.div', 'is no text'],
  ])('refuses what XML cannot hold: %j', (resource, expression, fact) => {
    expect.assertions(4);
    try {
      writeXml(resource);
    } catch (error) {
      expect(error).toBeInstanceOf(NotRepresentableInXml);
      expect(error).toMatchObject({ status: 406, issues: [{ expression: [expression] }] });
      expect(String(error)).toContain(`${expression} ${fact}`);
      expect(String(error)).toContain('which XML cannot hold. Ask for application/fhir+json.');
    }
  });

  // R4 does not allow them, but they were stored before they were refused.
  it.each<readonly [JsonObject, string, string, string]>([
    [
      { resourceType: 'Patient', deceasedDateTime: 'a\u0001b\uffff' },
      '<deceasedDateTime value="a\ufffdb\ufffd"/>',
      'Patient.deceased',
      'U+0001',
    ],
    [{ resourceType: 'Patient', name: [{ id: '\ud800' }] }, '<name id="\ufffd"/>', 'Patient.name[0]', 'U+D800'],
    [
      withNarrative(`<div xmlns="${xhtml}">a&bogus;b</div>`),
      `<div xmlns="${xhtml}">a\ufffdb</div>`,
      'Patient.text.div',
      'undefined entity',
    ],
    [
      withNarrative(`<div xmlns="${xhtml}">a&#1;\u0002</div>`),
      `<div xmlns="${xhtml}">a\ufffd\ufffd</div>`,
      'Patient.text.div',
      'cannot be read as XHTML',
    ],
    [withNarrative('x < y'), `<div xmlns="${xhtml}">x &lt; y</div>`, 'Patient.text.div', 'cannot be read as XHTML'],
    [withNarrative(''), `<div xmlns="${xhtml}"></div>`, 'Patient.text.div', 'cannot be read as XHTML'],
    [
      withNarrative(`<div xmlns="${xhtml}"/></text><active value="true"/>`),
      `&lt;/text&gt;&lt;active value="true"/&gt;</div>`,
      'Patient.text.div',
      'does not end with its div',
    ],
    [withNarrative(`<div xmlns="${xhtml}"/><!-- x -->`), '&lt;!--', 'Patient.text.div', 'does not end with its div'],
    [withNarrative(`<?xml version="1.0"?><div xmlns="${xhtml}"/>`), '&lt;?xml', 'Patient.text.div', 'begin with a div'],
    [withNarrative(`<!DOCTYPE div><div xmlns="${xhtml}"/>`), '&lt;!DOCTYPE', 'Patient.text.div', 'begin with a div'],
    [withNarrative(`<p xmlns="${xhtml}"/>`), '&lt;p', 'Patient.text.div', 'is no div in the namespace'],
    [withNarrative('<div xmlns="http://hl7.org/fhir"/>'), '&lt;div', 'Patient.text.div', 'is no div in the namespace'],
    [withNarrative('<div xmlns=""/>'), '&lt;div', 'Patient.text.div', 'is no div in the namespace'],
    [withNarrative(`<div xmlns="${xhtml}">\ud800</div>`), '>\ufffd<', 'Patient.text.div', 'half of a surrogate pair'],
    [withNarrative('<div>'.repeat(200_000)), '&lt;div&gt;', 'Patient.text.div', 'nests more than 100 levels deep'],
  ])('writes otherwise what XML cannot hold, and says so: %.80j', (resource, expected, expression, fact) => {
    const replaced: Replacement[] = [];
    const xml = writeXml(resource, false, replaced);
    expect(xml).toContain(expected);
    expect(replaced).toEqual([{ expression, fact: expect.stringContaining(fact) as string }]);
    expect(() => readXml(xml)).not.toThrow();
  });

  it('writes entities of HTML as the characters that they mean, which loses nothing', () => {
    const replaced: Replacement[] = [];
    const div = `<div xmlns="${xhtml}" title="&eacute;">a&nbsp;&copy;&Omega;&euro; &amp; b & c&#160;</div>`;
    expect(writeXml(withNarrative(div), false, replaced)).toContain(
      `<div xmlns="${xhtml}" title="é">a\u00a0©Ω€ &amp; b &amp; c&#160;</div>`,
    );
    expect(replaced).toEqual([]);
  });

  const text = fc
    .string({ unit: 'binary', minLength: 1 })
    .map((value) => value.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '.'));
  const decimal = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/);
  const extension = fc.oneof(
    fc.record({ url: text, valueString: text }),
    fc.record({ id: text, url: text, _valueCode: fc.record({ id: text }) }, { requiredKeys: ['url', '_valueCode'] }),
  );
  const rest = fc.oneof(fc.record({ id: text }), fc.record({ extension: fc.array(extension, { minLength: 1 }) }));
  const given = fc
    .array(fc.oneof(fc.tuple(text, fc.constant(null)), fc.tuple(fc.constant(null), rest), fc.tuple(text, rest)), {
      minLength: 1,
    })
    .map((items) => ({
      ...(items.some(([value]) => value !== null) && { given: items.map(([value]) => value) }),
      ...(items.some(([, sibling]) => sibling !== null) && { _given: items.map(([, sibling]) => sibling) }),
    }));

  it('loses no string, id, extension, null or digit: readXml gives back the same resource', () => {
    fc.assert(
      fc.property(given, text, decimal, fc.boolean(), (name, value, digits, active) => {
        const patient = parseJson(
          `{"resourceType":"Patient","extension":[{"url":"u","valueDecimal":${digits}}],"active":${active},"name":[${JSON.stringify(name)}],"photo":[{"title":${JSON.stringify(value)}}]}`,
        ) as JsonObject;
        const back = readXml(writeXml(patient));
        expect(back).toEqual(patient);
        expect(writeJson(back)).toContain(`"valueDecimal":${digits}}`);
      }),
      { numRuns: 200 },
    );
  });
});

it('writes each element on a line of its own if asked to, and the narrative as it is', () => {
  const patient = {
    resourceType: 'Patient',
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>a <b>b</b></p></div>' },
    contained: [{ resourceType: 'Patient', id: 'c' }],
    name: [{ family: 'A', given: ['B', 'C'] }],
    _birthDate: { extension: [{ url: 'urn:x', valueCode: 'y' }] },
  };
  const pretty = writeXml(patient, true);
  expect(pretty).toContain('\n  <contained>\n    <Patient>\n      <id value="c"/>\n    </Patient>\n  </contained>\n');
  expect(pretty).toContain(
    '\n  <birthDate>\n    <extension url="urn:x">\n      <valueCode value="y"/>\n    </extension>\n',
  );
  expect(pretty).toContain('<p>a <b>b</b></p></div>');
  expect(readXml(pretty)).toEqual(readXml(writeXml(patient)));
});
