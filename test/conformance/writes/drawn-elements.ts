import type { Elements } from './content.js';
import type { DrawnContent, WrittenType } from './drawn-writes.js';

export const identifierSystem = 'urn:random';

const numbers = [
  '1',
  '1.0',
  '1.00',
  '1e3',
  '1E3',
  '1000',
  '-0',
  '0.000',
  '1234567890123456789012345.67890',
  '1.5e-300',
];
const texts = [
  'Ä',
  'x',
  'y',
  '\u{1F600}é',
  'e\u0301',
  '"quoted" \\ back',
  '\u2028 line',
  '<b>&amp;</b>',
  'resourceType',
  `long ${'0123456789'.repeat(7000)}`,
];

const quoted = (value: string): string => JSON.stringify(value);
const inOrder = <T>(isReversed: boolean, list: readonly T[]): readonly T[] => (isReversed ? list.toReversed() : list);
const object = (isFlipped: boolean, ...members: readonly string[]): string =>
  `{${inOrder(isFlipped, members).join(',')}}`;
const reference = (to: string): string => `{"reference":"${to}"}`;

/** Elements of the type, as drawn; `identifiers` are values, `link` is an address to refer to. */
export function elementsOf(
  type: WrittenType,
  drawn: DrawnContent,
  { identifiers, link }: { readonly identifiers: readonly string[]; readonly link: string | undefined },
): Elements {
  const elements = [
    ...(drawn.hasLanguage ? [['language', '"en"'] as const] : []),
    ...(type === 'Binary' || identifiers.length === 0 ? [] : [identifierElement(identifiers)]),
    ...elementsByType[type](drawn, link),
  ];
  return inOrder(drawn.isReversed, elements);
}

function identifierElement(values: readonly string[]): Elements[number] {
  const list = values.map((value) => `{"system":"${identifierSystem}","value":${quoted(value)}}`);
  return ['identifier', `[${list.join(',')}]`];
}

const elementsByType: Readonly<Record<WrittenType, (drawn: DrawnContent, link: string | undefined) => Elements>> = {
  Patient: ({ value, text, isFlipped, hasMore }, link) => {
    const number = object(isFlipped, '"url":"http://x"', `"valueDecimal":${numbers[value]}`);
    const linked = link === undefined ? [] : [`{"url":"http://l","valueReference":${reference(link)}}`];
    return [
      ['name', `[${object(isFlipped, `"family":${quoted(texts[text]!)}`, '"given":["G"]')}]`],
      ['extension', `[${[number, ...linked].join(',')}]`],
      ...(hasMore ? aContainedOrganization : []),
    ];
  },
  Observation: ({ value, text, isFlipped }, link) => [
    ['status', '"final"'],
    ['code', `{"text":${quoted(texts[text]!)}}`],
    ['valueQuantity', object(isFlipped, `"value":${numbers[value]}`, '"unit":"u"')],
    ...(link === undefined ? [] : [['focus', `[${reference(link)}]`] as const]),
  ],
  Basic: ({ text, isFlipped }, link) => [
    ['code', object(isFlipped, `"text":${quoted(texts[text]!)}`, '"coding":[{"code":"c"}]')],
    ...(link === undefined ? [] : [['subject', reference(link)] as const]),
  ],
  Consent: ({ text, hasMore }) => [
    ['status', hasMore ? '"draft"' : '"proposed"'],
    ['scope', `{"text":${quoted(texts[text]!)}}`],
    ['category', '[{"text":"c"}]'],
    ['policyRule', '{"text":"r"}'],
  ],
  Binary: ({ text }) => [
    ['contentType', '"text/plain"'],
    ['data', quoted(Buffer.from(texts[text]!).toString('base64'))],
  ],
};

const aContainedOrganization: Elements = [
  ['contained', '[{"resourceType":"Organization","id":"o","name":"O"}]'],
  ['managingOrganization', reference('#o')],
];
