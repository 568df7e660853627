import { parse } from 'node:querystring';

/** A form as sent; of a name that comes several times, all values. */
export class PageForm {
  private readonly fields: ReturnType<typeof parse>;

  constructor(body: unknown) {
    // No field has a NUL, and PostgreSQL keeps none.
    const text = typeof body === 'string' ? body.replace(/%00|\0/g, '') : '';
    this.fields = parse(text, '&', '=', { maxKeys: 2_000 });
  }

  text(name: string): string {
    const value = this.fields[name];
    return (Array.isArray(value) ? value[0] : value) ?? '';
  }

  all(name: string): readonly string[] {
    const value = this.fields[name];
    if (value === undefined) return [];
    return Array.isArray(value) ? value : [value];
  }
}
