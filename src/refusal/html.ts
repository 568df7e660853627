/** Text that is HTML already; everything else is escaped when it is put into {@link html}. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Tag for HTML: interpolated strings are escaped, parts made by this tag are not; lists are joined. */
export const html = (
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly (string | Html)[])[]
): Html => new Html(parts.map((part, i) => part + (i < values.length ? write(values[i]!) : '')).join(''));

function write(value: string | number | Html | readonly (string | Html)[]): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(write).join('\n');
  return String(value).replace(/[&<>"']/g, (character) => entities[character]!);
}
