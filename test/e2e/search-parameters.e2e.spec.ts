// https://hl7.org/fhir/R4/search.html#ptypes and #modifiers: every type of parameter, on one small set of resources
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aBundle, putting } from '../support/resources.js';
import { base, startServer, type TestServer } from '../support/server.js';

const ucum = 'http://unitsofmeasure.org';
const loinc = 'http://loinc.org';
const coding = (code: string, system?: string, display?: string) => ({ coding: [{ system, code, display }] });
const component = (code: string, value: number, unit = 'mm[Hg]') => ({
  code: coding(code, loinc),
  valueQuantity: { value, unit, system: ucum, code: unit },
});
const observation = (id: string, rest: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: coding('x'),
  ...rest,
});

const resources = [
  {
    resourceType: 'Patient',
    id: 'anna',
    meta: { tag: [{ system: 'urn:t', code: 'red' }], profile: ['http://p.example/A'], source: 'http://s.example/1' },
    active: true,
    name: [{ family: 'Müller', given: ['Anna', 'Eva Maria'] }],
    gender: 'female',
    birthDate: '1980-02-28',
    identifier: [
      {
        type: { ...coding('MR', 'http://terminology.hl7.org/CodeSystem/v2-0203'), text: 'Chart number' },
        system: 'urn:mrn',
        value: '446053',
      },
    ],
    generalPractitioner: [
      { reference: 'Practitioner/g1' },
      { identifier: { system: 'urn:npi', value: '77' }, display: 'Dr. No' },
    ],
    maritalStatus: coding('M', 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', 'Married'),
  },
  {
    resourceType: 'Patient',
    id: 'bea',
    name: [{ family: 'de, la|$Cruz\\', given: ['Bea'] }],
    gender: 'other',
    generalPractitioner: [{ reference: 'Organization/g1' }],
    identifier: [{ type: coding('SS', 'http://terminology.hl7.org/CodeSystem/v2-0203'), value: '446053' }],
  },
  { resourceType: 'Patient', id: 'empty' },
  observation('pressure', {
    code: coding('85354-9', loinc, 'Blood pressure panel'),
    component: [component('8480-6', 120), component('8462-4', 60)],
  }),
  observation('weight', { code: coding('29463-7', loinc), valueQuantity: { value: 72.5, system: ucum, code: 'kg' } }),
  observation('text', { code: { text: 'Weight of the arm' }, valueString: 'Ähnlich wie gestern' }),
  observation('said', { code: coding('q1', 'urn:q'), valueString: 'Ähnlich wie gestern' }),
  observation('rated', { code: coding('q2', 'urn:q'), valueCodeableConcept: coding('a', 'urn:a') }),
  observation('dated', { code: coding('q3', 'urn:q'), valueDateTime: '2024-02-29' }),
  observation('less', { code: coding('q4', 'urn:q'), valueQuantity: { value: 5, comparator: '<', unit: 'mg' } }),
  {
    resourceType: 'DocumentReference',
    id: 'newer',
    status: 'current',
    content: [{ attachment: { url: 'http://x.example/y' } }],
    relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/older' } }],
  },
  {
    resourceType: 'MolecularSequence',
    id: 'seq',
    coordinateSystem: 0,
    referenceSeq: { genomeBuild: 'GRCh38', chromosome: coding('1', 'urn:c'), windowStart: 100, windowEnd: 200 },
    variant: [{ start: 128, end: 128 }],
  },
  ...['http://a.example/fhir/', 'http://a.example/fhir/ValueSet/123', 'http://a.example/fhir2', 'urn:oid:1.2.3'].map(
    (url, at) => ({ resourceType: 'ValueSet', id: `v${at}`, status: 'draft', url }),
  ),
  { resourceType: 'ValueSet', id: 'none', status: 'draft' },
  ...[
    ['vienna', 48.2082, 16.3738],
    ['graz', 47.0707, 15.4395],
    ['fiji-east', -17, 179.9],
    ['nowhere', 999, 1],
  ].map(([id, latitude, longitude]) => ({ resourceType: 'Location', id, position: { latitude, longitude } })),
];

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer({ VALIDATION: 'structure' });
  token = server.token('user/*.cruds');
  const body = aBundle('transaction', ...resources.map((one) => putting(JSON.parse(JSON.stringify(one)))));
  const { status, text } = await server.call('POST', '', { token, body });
  if (status !== 200) throw new Error(text);
});
afterAll(() => server.close());

async function find(address: string): Promise<string> {
  const [type, query = ''] = address.split('?');
  const encoded = query.replaceAll(/[|$\\ +]/g, encodeURIComponent);
  const { status, body, text } = await server.call('GET', `${type}?${encoded}&_count=100`, { token });
  expect(status, text).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join(' ');
}

describe.each([
  [
    'strings',
    {
      'Patient?family=mull': 'anna',
      'Patient?name=EVA  m': 'anna',
      'Patient?name=maria': '',
      'Patient?name:contains=MARIA': 'anna',
      'Patient?family:contains=uLL,cruz': 'anna bea',
      'Patient?family:exact=Müller': 'anna',
      'Patient?family:exact=müller': '',
      'Patient?family:exact=Mülle': '',
      'Patient?family=de\\, la\\|\\$cruz\\\\': 'bea',
      'Patient?family:exact=de\\, la\\|\\$Cruz\\\\': 'bea',
      'Patient?family=de,la': 'bea',
      'Patient?given:missing=true': 'empty',
      'Patient?given:missing=false': 'anna bea',
    },
  ],
  [
    'tokens',
    {
      'Patient?gender=female': 'anna',
      'Patient?gender=http://hl7.org/fhir/administrative-gender|female': 'anna',
      'Patient?gender:not=female': 'bea empty',
      'Patient?gender:not=female,other': 'empty',
      'Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender': 'anna bea',
      'Patient?gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender': 'empty',
      'Patient?active=true': 'anna',
      'Patient?active:missing=true': 'bea empty',
      'Patient?identifier=446053': 'anna bea',
      'Patient?identifier=urn:mrn|': 'anna',
      'Patient?identifier=|446053': 'bea',
      'Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053': 'anna',
      'Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|44605': '',
      'Patient?identifier:text=chart': 'anna',
      'Observation?code:text=weight of': 'text',
      'Observation?code:text=BLOOD': 'pressure',
      'Observation?code:text=pressure': '',
      'Observation?code:missing=true': '',
      'Patient?_tag=urn:t|red': 'anna',
      'Patient?_tag:not=red': 'bea empty',
      'Patient?_id:not=anna,bea': 'empty',
      'Patient?_id:missing=true': '',
      'Patient?_id:missing=false': 'anna bea empty',
    },
  ],
  [
    'references',
    {
      'Patient?general-practitioner=g1': 'anna bea',
      'Patient?general-practitioner=Practitioner/g1': 'anna',
      [`Patient?general-practitioner=${base}/Practitioner/g1`]: 'anna',
      'Patient?general-practitioner:Organization=g1': 'bea',
      'Patient?general-practitioner:Practitioner=Practitioner/g1,Practitioner/g2': 'anna',
      'Patient?general-practitioner:identifier=urn:npi|77': 'anna',
      'Patient?general-practitioner:identifier=77': 'anna',
      'Patient?general-practitioner:identifier=urn:mrn|77': '',
      'Patient?general-practitioner:missing=true': 'empty',
    },
  ],
  [
    'dates',
    {
      'Patient?birthdate=1980': 'anna',
      'Patient?birthdate=1980-02-28T10:00Z': '',
      'Patient?birthdate=ap1981': 'anna',
      'Patient?birthdate:missing=true': 'bea empty',
      'Patient?_lastUpdated:missing=false': 'anna bea empty',
    },
  ],
  [
    'quantities',
    {
      [`Observation?value-quantity=72500|${ucum}|g`]: 'weight',
      [`Observation?value-quantity=72.5|${ucum}|kg`]: 'weight',
      [`Observation?value-quantity=72|${ucum}|kg`]: '',
      [`Observation?value-quantity=gt160|${ucum}|[lb_av]`]: '',
      [`Observation?value-quantity=lt160|${ucum}|[lb_av]`]: 'weight',
      [`Observation?value-quantity=72.5|${ucum}|m`]: '',
      'Observation?value-quantity=72500': '',
      'Observation?value-quantity=73': 'weight',
      'Observation?value-quantity=72.5': 'weight',
      'Observation?value-quantity=72.5||kg': 'weight',
      'Observation?value-quantity=lt1||mg': 'less',
      'Observation?value-quantity=gt5': 'weight',
      'Observation?value-quantity:missing=false&code:not=urn:q|q4': 'weight',
      'Observation?component-value-quantity=gt100': 'pressure',
      [`Observation?component-value-quantity=120|${ucum}|mm[Hg]`]: 'pressure',
    },
  ],
  [
    'numbers',
    {
      'MolecularSequence?variant-start=128': 'seq',
      'MolecularSequence?variant-start=128.0': 'seq',
      'MolecularSequence?variant-start=gt128': '',
      'MolecularSequence?variant-start=ap140': 'seq',
      'MolecularSequence?window-end=ge200': 'seq',
    },
  ],
  [
    'URIs',
    {
      'ValueSet?url=http://a.example/fhir/': 'v0',
      'ValueSet?url:below=http://a.example/fhir/': 'v0 v1',
      'ValueSet?url:above=http://a.example/fhir/ValueSet/123/_history/5': 'v0 v1',
      'ValueSet?url:missing=true': 'none',
      'ValueSet?url=urn:oid:1.2.3': 'v3',
      'Patient?_profile=http://p.example/A': 'anna',
      'Patient?_profile:below=http://p.example/': 'anna',
      'Patient?_source=http://s.example/1': 'anna',
    },
  ],
  [
    'composites',
    {
      [`Observation?component-code-value-quantity=${loinc}|8480-6$120`]: 'pressure',
      'Observation?component-code-value-quantity=8480-6$60': '',
      'Observation?component-code-value-quantity=8480-6$60,8462-4$60': 'pressure',
      [`Observation?component-code-value-quantity=${loinc}|$lt70`]: 'pressure',
      [`Observation?combo-code-value-quantity=29463-7$gt70000|${ucum}|g`]: 'weight',
      'Observation?code-value-concept=q2$a': 'rated',
      'Observation?code-value-concept=urn:q|q2$urn:a|a': 'rated',
      'Observation?code-value-concept=urn:q|$urn:a|': 'rated',
      'Observation?code-value-concept=urn:q|q2$urn:b|a': '',
      'Observation?code-value-string=q1$ahnlich': 'said',
      'Observation?code-value-string=q2$ahnlich': '',
      'Observation?code-value-date=q3$2024-02': 'dated',
      'Observation?code-value-date=q3$gt2024-02': '',
      'DocumentReference?relationship=DocumentReference/older$replaces': 'newer',
      'DocumentReference?relationship=older$replaces': 'newer',
      'DocumentReference?relationship=older$appends': '',
      'MolecularSequence?chromosome-variant-coordinate=1$128$128': 'seq',
      'MolecularSequence?chromosome-window-coordinate=urn:c|1$lt150$gt150': 'seq',
      'MolecularSequence?chromosome-window-coordinate=1$gt100$gt150': '',
    },
  ],
  [
    'positions',
    {
      'Location?near=48.2|16.37|10': 'vienna',
      'Location?near=48.2|16.37|10000|m': 'vienna',
      'Location?near=48.2|16.37|100|[mi_i]': 'graz vienna',
      'Location?near=-17|-179.9|25|km': 'fiji-east',
      'Location?near=48.2|16.37|0': '',
      'Location?near:missing=true': 'nowhere',
    },
  ],
] as const)('search by %s', (_name, expectations) => {
  it.each(Object.entries(expectations))('%s finds "%s"', async (address, expected) => {
    expect(await find(address)).toBe(expected);
  });
});
