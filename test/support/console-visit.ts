import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { smartPassword } from './smart-login.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** SCREENSHOTS names a folder for pictures of the pages, for people to look at. */
const folder = process.env['SCREENSHOTS'];

export const desktop = { viewport: { width: 1280, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const narrow = { viewport: { width: 320, height: 640 }, isMobile: true };

/** Screens and colours that a page has to be right on, each with its name. */
export const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ['desktop', desktop],
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
  ['phone', phone],
  ['phone-dark', { ...phone, colorScheme: 'dark' }],
  ['narrow', narrow],
];

/** Those in which a page can be wrong by itself: `looks` shows the rest on the first page. Pictures are taken of all. */
export const fewLooks = looks.filter(
  ([device]) => folder !== undefined || device === 'desktop' || device === 'phone-dark' || device === 'narrow',
);

interface OpenedAs {
  readonly path: string;
  readonly user: string;
  readonly password?: string;
  readonly options?: BrowserContextOptions;
}

/** A page of the console in a browser: complaints of its console and policy, and the addresses that it asked. */
export class ConsoleVisit {
  readonly complaints: string[] = [];
  readonly asked: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly origin: string,
  ) {
    page.on('console', (message) => {
      // An answer that is no success is told in the console, too.
      if (/error|warning/.test(message.type()) && !/status of 4\d\d/.test(message.text()))
        this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.asked.push(request.url()));
    page.setDefaultTimeout(30_000);
  }

  static async open(browser: Browser, origin: string, path = '', options: BrowserContextOptions = desktop) {
    // Menus that move while they open cannot be clicked at the pace of a test.
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
    const visit = new ConsoleVisit(context, await context.newPage(), origin);
    await visit.page.goto(`${origin}/console/${path}`);
    return visit;
  }

  /** {@link open}, and a user logs in. */
  static async openAs(browser: Browser, origin: string, { path, user, password, options }: OpenedAs) {
    const visit = await ConsoleVisit.open(browser, origin, path, options);
    await visit.signIn(user, password);
    return visit;
  }

  /** From the button of the console through the pages of the login, and back. */
  async signIn(name: string, password = smartPassword): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'Sign in', exact: true }).first().click();
    await page.getByLabel('User name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('header').getByRole('button', { name }).waitFor();
  }

  async speakGerman(): Promise<void> {
    await this.page.getByRole('button', { name: 'Language and colours' }).click();
    await this.page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await this.page.getByRole('button', { name: 'Sprache und Farben' }).waitFor();
  }

  heading(text: string | RegExp): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name: text }).waitFor();
  }

  /** What hinders people with a screen reader, a keyboard or a small screen (WCAG 2.2 AA); takes a picture, too. */
  async faults(name: string): Promise<readonly string[]> {
    const { page } = this;
    // Colours that fade in are not those that are read.
    await page.waitForTimeout(300);
    if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe);
    const violations = await page.evaluate<readonly string[]>(`axe
      .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'], selectors: false })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`);
    const isWide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    if (folder !== undefined) {
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    }
    return [...violations, ...(isWide === true ? ['wider than the screen'] : [])];
  }

  /** Ends the visit. Returns complaints of the browser, other hosts that were asked, and places where a token is stored. */
  async close(): Promise<readonly string[]> {
    const { page, context, origin } = this;
    const stored = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])',
    );
    const token = /eyJ[\w-]+\.[\w-]+/;
    await context.close();
    const foreign = this.asked.filter((url) => !url.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(url));
    const withToken = [stored, ...this.asked].filter((text) => token.test(text));
    return [...this.complaints, ...foreign, ...withToken.map((text) => `holds a token: ${text}`)];
  }
}
