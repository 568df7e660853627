interface BrowserAnswer {
  readonly status: number;
  readonly text: string;
  /** Address of a redirect that leaves the server. */
  readonly location?: string;
}

/** Headers by name, so that the cookies can be put beside them. */
export type BrowserRequest = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

const mostRedirects = 12;

/** The part of a browser that an authorization server needs: it keeps cookies by path, and follows redirects. */
export class Browser {
  private readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();

  /** Another browser with all cookies of this one. */
  copy(): Browser {
    const copy = new Browser();
    for (const [key, cookie] of this.cookies) copy.cookies.set(key, cookie);
    return copy;
  }

  cookie(name: string): string | undefined {
    return [...this.cookies].find(([key]) => key.startsWith(`${name} `))?.[1].value;
  }

  async fetch(url: string, init: BrowserRequest = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(([name, { value }]) => `${name.split(' ', 1)[0]}=${value}`)
      .join('; ');
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) this.keep(line);
    return answer;
  }

  /** Follows redirects until a page comes, or one leads elsewhere. */
  async follow(url: string, server: string, init: BrowserRequest = {}): Promise<BrowserAnswer> {
    let answer = await this.fetch(url, init);
    for (let count = 0; count < mostRedirects; count++) {
      const text = await answer.text();
      const location = answer.headers.get('location');
      if (location === null) return { status: answer.status, text };
      const next = new URL(location, url).href;
      if (!next.startsWith(`${server}/`)) return { status: answer.status, text, location: next };
      answer = await this.fetch(next);
    }
    throw new Error(`More than ${mostRedirects} redirects`);
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const at = pair.indexOf('=');
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
    const key = `${pair.slice(0, at)} ${path}`;
    const value = pair.slice(at + 1);
    if (value === '' || attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one))) this.cookies.delete(key);
    else this.cookies.set(key, { value, path });
  }
}
