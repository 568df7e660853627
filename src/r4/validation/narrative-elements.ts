/**
 * Elements and attributes of chapters 7 to 11 (without 9.4) and 15 of HTML 4.0, links and images
 * (https://hl7.org/fhir/R4/narrative.html#xhtml).
 */
const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const elements = words(
  'a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 ' +
    'hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var',
);

const unsafeElements = words(
  'script iframe frame frameset object embed applet form input button select textarea link base meta style svg math body head html',
);

const everywhere = words('title style class id lang xml:lang dir accesskey tabindex');
const alignment = words('span width align valign char charoff abbr axis headers scope rowspan colspan');

const own = new Map<string, ReadonlySet<string>>([
  ['a', words('href name charset type hreflang rel rev shape coords')],
  ['area', words('shape coords href nohref alt')],
  ['blockquote', words('cite')],
  ['div', words('xmlns')],
  ['img', words('src alt longdesc height width usemap ismap border')],
  ['map', words('name')],
  ['pre', words('space xml:space')],
  ['q', words('cite')],
  ['table', words('summary width border frame rules cellspacing cellpadding')],
  ['td', words('nowrap')],
  ['th', words('nowrap')],
]);

export const urlAttributes = words('href src cite longdesc usemap');

export const isAllowedElement = (element: string): boolean => elements.has(element);

export const isUnsafeElement = (element: string): boolean => unsafeElements.has(element.toLowerCase());

export const isAllowedAttribute = (element: string, attribute: string): boolean =>
  everywhere.has(attribute) || alignment.has(attribute) || own.get(element)?.has(attribute) === true;

/** White space, control characters and entities inside a scheme are how scripts hide. */
export function isUnsafeUrl(url: string): boolean {
  // oxlint-disable-next-line no-control-regex -- browsers drop them
  const scheme = url.slice(0, 200).replace(/&#?\w+;|[\u0000-\u0020]/g, (text) => characterOf(text));
  return /^(?:javascript|vbscript|data:(?!image\/(?:png|gif|jpeg|webp)[;,]))/i.test(scheme);
}

function characterOf(text: string): string {
  const code = /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}));$/i.exec(text);
  if (!code) return text === '&colon;' ? ':' : '';
  const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
  return point > 32 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
}
