/** As much of a browser as forms need: cookies by path, redirects, and forms filled in and sent as they stand on the page. */
export class FormBrowser {
  private readonly cookies = new Map<
    string,
    { readonly value: string; readonly path: string; readonly port: string }
  >();
  /** Number of requests sent. */
  requests = 0;

  /** `languages`: what it says in `Accept-Language`; `route`: to which server a request for this address goes; a balancer in front of several would choose. */
  constructor(
    private readonly route: (url: URL) => URL = (url) => url,
    private readonly languages?: string,
  ) {}

  async open(address: string): Promise<ShownPage> {
    return this.send(new URL(address), { method: 'GET' });
  }

  /** Fills in the form whose action ends so, presses the button of that name and value, and follows. */
  async submit(page: ShownPage, action: string, fields: FormFields = {}): Promise<ShownPage> {
    const form = page.forms.find((one) => one.action.endsWith(action));
    if (!form) throw new Error(`No form ${action} on:\n${page.text.slice(0, 2_000)}`);
    return this.post(new URL(form.action, page.url), { ...form.fields, ...fields });
  }

  async post(url: URL, fields: FormFields, headers: Readonly<Record<string, string>> = {}): Promise<ShownPage> {
    const body = new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    );
    return this.send(url, { method: 'POST', body, headers });
  }

  /** The cookies that a request to this address brings along. */
  cookiesFor({ pathname, port }: URL): string {
    return [...this.cookies]
      .filter(([, cookie]) => cookie.port === port && isBelow(pathname, cookie.path))
      .map(([name, { value }]) => `${name.split(' ')[0]!}=${value}`)
      .join('; ');
  }

  private async send(first: URL, init: Sent) {
    let url = first;
    let answer = await this.fetch(url, init);
    for (let hop = 0; hop < 10 && answer.status >= 300 && answer.status < 400; hop++) {
      url = new URL(answer.headers.get('location') ?? '', url);
      answer = await this.fetch(url, { method: 'GET' });
    }
    return new ShownPage(url, answer, await answer.text());
  }

  private async fetch(url: URL, init: Sent) {
    this.requests++;
    const cookie = this.cookiesFor(url);
    const language = this.languages === undefined ? {} : { 'accept-language': this.languages };
    const headers = { ...language, ...init.headers, ...(cookie !== '' && { cookie }) };
    const answer = await fetch(this.route(url), { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.keep(line, url);
    return answer;
  }

  private keep(line: string, { port, pathname }: URL): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? pathname;
    const key = `${name} ${path} ${port}`;
    const isGone = attributes.some((one) => /^max-age=0$/i.test(one) || /^expires=.*1970/i.test(one)) || value === '';
    if (isGone) this.cookies.delete(key);
    else this.cookies.set(key, { value, path, port });
  }
}

interface Sent {
  readonly method: string;
  readonly body?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
}

export type FormFields = Readonly<Record<string, string | readonly string[]>>;

interface Form {
  readonly action: string;
  /** Hidden fields, and boxes that are ticked. */
  readonly fields: FormFields;
}

export class ShownPage {
  constructor(
    readonly url: URL,
    readonly answer: Response,
    readonly text: string,
  ) {}

  get title(): string {
    return unescapeHtml(/<title>([^<]*)<\/title>/.exec(this.text)?.[1] ?? '');
  }

  /** Address to which the page goes by itself. */
  get forward(): string | undefined {
    const found = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(this.text)?.[1];
    return found === undefined ? undefined : unescapeHtml(found);
  }

  get forms(): readonly Form[] {
    return [...this.text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, head = '', content = '']) => ({
      action: unescapeHtml(attribute(head, 'action') ?? ''),
      fields: fieldsOf(content),
    }));
  }

  /** Values of the buttons or boxes of this name. */
  values(name: string): readonly string[] {
    return [...this.text.matchAll(/<(?:input|button)([^>]*)>/g)]
      .map(([, head = '']) => head)
      .filter((head) => attribute(head, 'name') === name)
      .map((head) => unescapeHtml(attribute(head, 'value') ?? ''));
  }
}

function fieldsOf(content: string): FormFields {
  const fields: Record<string, string[]> = {};
  for (const [, head = ''] of content.matchAll(/<input([^>]*)>/g)) {
    const [name, type] = [attribute(head, 'name'), attribute(head, 'type')];
    if (name === undefined || (type === 'checkbox' && !/\schecked\b/.test(head))) continue;
    (fields[name] ??= []).push(unescapeHtml(attribute(head, 'value') ?? ''));
  }
  return fields;
}

const attribute = (head: string, name: string): string | undefined =>
  new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(head)?.[1];

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

const unescapeHtml = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);

/** RFC 6265 5.1.4 */
const isBelow = (pathname: string, path: string): boolean =>
  pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
