// https://hl7.org/fhir/R4/search.html#summary, #elements
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../errors/fhir-error.js';
import { isObject, type JsonObject, parseJson } from '../json/json.js';
import { subsetOf } from './subset.js';
import { subsetText } from './subset-resource.js';

const patient = `{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","tag":[{"code":"x"}]},"text":{"status":"generated",
"div":"<div xmlns='http://www.w3.org/1999/xhtml'>A</div>"},"contained":[{"resourceType":"Patient"}],"implicitRules":"urn:r",
"extension":[{"url":"urn:x","valueDecimal":1.10}],"modifierExtension":[{"url":"urn:m","valueBoolean":true}],"active":true,
"name":[{"family":"Aal","extension":[{"url":"urn:n","valueDecimal":2.50}]}],"birthDate":"1970-01-01","_birthDate":{"id":"b"},
"deceasedBoolean":false,"multipleBirthInteger":2,"photo":[{"data":"QQ==","title":"t"}],
"contact":[{"gender":"male"}],"link":[{"other":{"reference":"Patient/2"},"type":"seealso"}],"madeUp":1}`;
const observation = `{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"c"},"category":[{"text":"k"}],
"valueQuantity":{"value":1.10,"unit":"mg"},"note":[{"text":"n"}],"component":[{"code":{"text":"a"},"valueInteger":1,
"dataAbsentReason":{"text":"r"},"id":"c1"}]}`;
const questionnaire = `{"resourceType":"Questionnaire","id":"q1","status":"draft","title":"T","item":[{"linkId":"1","type":"group"}]}`;

const shorten = (body: string, query: string, type?: string) =>
  subsetText(body, subsetOf(new URLSearchParams(query), type)) as string;
const kept = (body: string, query: string) => Object.keys(parseJson(shorten(body, query)) as JsonObject).join(' ');

describe('_summary', () => {
  it('true keeps what R4 marks for summaries, in backbone elements and data types too', () => {
    expect(kept(patient, '_summary=true')).toBe(
      'resourceType id meta implicitRules modifierExtension active name birthDate _birthDate deceasedBoolean link',
    );
    expect(shorten(observation, '_summary=true')).toBe(
      '{"resourceType":"Observation","id":"o1","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]},' +
        '"status":"final","code":{"text":"c"},"valueQuantity":{"value":1.10,"unit":"mg"},"component":[{"code":{"text":"a"},"valueInteger":1,"id":"c1"}]}',
    );
    expect(kept(questionnaire, '_summary=true')).toBe('resourceType id meta status title');
  });

  it('true leaves the bytes of an attachment out', () => {
    const document = `{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"url":"u","data":"QQ=="}}]}`;
    const { content } = parseJson(shorten(document, '_summary=true')) as { content: unknown };
    expect(content).toEqual([{ attachment: { url: 'u' } }]);
  });

  it('true keeps the resources in a Bundle whole', () => {
    const bundle = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${patient}}]}`;
    const { entry } = parseJson(shorten(bundle, '_summary=true')) as { entry: unknown };
    expect(entry).toEqual([{ resource: parseJson(patient) }]);
  });

  it('text keeps the narrative, id, meta and what is mandatory', () => {
    expect(kept(patient, '_summary=text')).toBe('resourceType id meta text implicitRules modifierExtension');
    expect(kept(observation, '_summary=text')).toBe('resourceType id meta status code');
  });

  it('data keeps all but the narrative', () => {
    const { text: _text, ...rest } = parseJson(patient) as JsonObject;
    const { meta, ...data } = parseJson(shorten(patient, '_summary=data')) as JsonObject;
    expect({ ...data, meta: null }).toEqual({ ...rest, meta: null });
    expect(meta).toMatchObject({ versionId: '1', tag: [{ code: 'x' }, { code: 'SUBSETTED' }] });
    expect(shorten(patient, '_summary=data')).toContain('1.10');
  });

  it('false is the stored text', () => {
    expect(shorten(patient, '_summary=false')).toBe(patient);
  });

  it('tags once what already was a subset', () => {
    const once = shorten(patient, '_summary=true');
    expect(shorten(once, '_summary=true')).toBe(once);
  });
});

describe('_elements', () => {
  it.each([
    ['id', 'resourceType id meta implicitRules modifierExtension active deceasedBoolean link'],
    [
      'birthDate,multipleBirth',
      'resourceType id meta implicitRules modifierExtension active birthDate _birthDate deceasedBoolean multipleBirthInteger link',
    ],
    [
      'multipleBirth[x]',
      'resourceType id meta implicitRules modifierExtension active deceasedBoolean multipleBirthInteger link',
    ],
    [
      'Patient.name, photo',
      'resourceType id meta implicitRules modifierExtension active name deceasedBoolean photo link',
    ],
  ])('%s keeps it, with what is mandatory or changes the meaning', (elements, expected) => {
    expect(kept(patient, `_elements=${elements}`)).toBe(expected);
  });

  it('names elements for one type among several', () => {
    expect(kept(observation, '_elements=Patient.name,note')).toBe('resourceType id meta status code note');
  });
});

describe('what is not valid', () => {
  it.each([
    ['_summary=yes', /_summary=yes is not offered here. It takes true, text, data and false/],
    ['_summary=count', /_summary=count/],
    ['_summary=', /_summary=/],
    ['_summary=true&_summary=text', /_summary is given more than once/],
    ['_elements=id&_elements=name', /_elements is given more than once/],
    ['_summary=true&_elements=id', /do not go together/],
    ['_elements=nam', /"nam" is not an element of Patient. Did you mean "name"/],
    ['_elements=', /not an element of Patient/],
    ['_elements=id,', /not an element of Patient/],
    ['_elements=name.family', /"name" instead of "name.family"/],
    ['_elements=Patient.name.family', /"name" instead of "name.family"/],
    ['_elements=Observation.code', /the answer holds resources of type Patient/],
    ['_elements=__proto__', /not an element/],
  ])('%s is 400', (query, fact) => {
    const read = () => subsetOf(new URLSearchParams(query), 'Patient');
    expect(read).toThrow(InvalidRequest);
    expect(read).toThrow(fact);
  });

  it('_summary=false goes with _elements', () => {
    expect(isObject(subsetOf(new URLSearchParams('_summary=false&_elements=id')) as unknown as JsonObject)).toBe(true);
  });
});

describe('a large resource', () => {
  const elements = subsetOf(new URLSearchParams('_elements=active,multipleBirth'), 'Patient');
  const filler = ',"photo":[{"title":"' + 'x'.repeat(70_000) + '"}]';
  const large = (rest: string): string => `{"resourceType":"Patient","id":"p1","active":true${filler}${rest}}`;

  it('is shortened like any other', async () => {
    const body = await subsetText(large(',"multipleBirthInteger":2'), elements);
    expect(body).toMatch(
      /^\{"resourceType":"Patient","id":"p1","meta":\{"tag":.*"active":true,"multipleBirthInteger":2\}$/,
    );
  });

  it('is read that an earlier release stored, beyond the limits of today', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => `"k${i}":1`).join();
    const body = await subsetText(large(`,"x":{${many}},"multipleBirthInteger":2`), elements);
    expect(parseJson(body)).toMatchObject({ active: true, multipleBirthInteger: 2 });
  });
});
