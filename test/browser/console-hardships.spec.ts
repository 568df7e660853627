// Each page of the console: for people with a screen reader and on small screens, under a slow server, a lost connection, and a login that
// ends while somebody types
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../support/chromium.js';
import { Hardship } from '../support/console-hardship.js';
import { consoleRoutes } from '../support/console-routes.js';
import { ConsoleVisit, desktop, fewLooks } from '../support/console-visit.js';
import { freePort } from '../support/free-port.js';
import { adminPassword } from '../support/server.js';
import { startTenants, type TenantsServer } from '../support/tenants.js';

interface PageUnder {
  /** Address below the console, where it is not that of the route. */
  readonly at?: string;
  readonly heading: string | RegExp;
  /** Text that is there once the page has what it asks the server for; absent: it asks for nothing when it is opened. */
  readonly shows?: string | RegExp;
  readonly form?: FormOf;
}

interface FormOf {
  /** Buttons and tabs that open it. */
  readonly open?: readonly string[];
  /** Fields by their labels, with what is typed. */
  readonly typed: Readonly<Record<string, string>>;
  /** Button that sends it. */
  readonly send: string;
  /** What asks with the login, where the button does not ask a second time, or without it. */
  readonly asks?: string;
}

const policy = {
  description: 'Final ones alone.',
  assignedTo: { users: ['jane'] },
  rules: [{ types: ['Observation'], permissions: 'rs', constrain: 'status=final' }],
};
const json = 'The resource as JSON';
const patient = '{"resourceType":"Patient","name":[{"family":"Typed"}]}';

/** By route. A route without an entry fails. */
const pages: Readonly<Record<string, PageUnder>> = {
  '': { heading: 'This FHIR server', shows: 'FHIR 4.0.1' },
  quickstart: {
    heading: 'Quickstart',
    shows: /\/metadata: CapabilityStatement/,
    form: {
      open: ['Another FHIR server'],
      typed: { 'FHIR base': 'https://fhir.example/r4' },
      send: 'Look at it now',
    },
  },
  why: {
    heading: 'Why?',
    form: { typed: { 'Access token': 'typed.but.no-token' }, send: 'Explain', asks: 'My own access' },
  },
  data: { heading: 'Data', shows: 'AllergyIntolerance' },
  'data/:type': {
    at: 'data/Patient',
    heading: 'Patient',
    shows: 'Under',
    form: { typed: { Parameter: 'family', Value: 'Under' }, send: 'Search' },
  },
  'data/:type/_new': {
    at: 'data/Patient/_new',
    heading: /^Create/,
    form: { typed: { [json]: patient }, send: 'Validate' },
  },
  'data/:type/:id': {
    at: 'data/Patient/p1',
    heading: 'Patient/p1',
    shows: 'Under',
    form: { open: ['Edit'], typed: { [json]: patient }, send: 'Validate' },
  },
  'data/:type/:id/_history/:version': { at: 'data/Patient/p1/_history/1', heading: /Patient\/p1/, shows: 'Under' },
  request: { heading: 'Request', form: { typed: { 'Path below': 'Patient/p1' }, send: 'Send' } },
  'request/graphql': { heading: 'GraphQL', form: { typed: { Query: '{ PatientList { id } }' }, send: 'Send' } },
  users: { heading: 'Users', shows: 'jane' },
  'users/new': { heading: 'Add a user', form: { typed: { 'User name': 'typed-user' }, send: 'Add a user' } },
  'users/user': {
    at: 'users/user#jane',
    heading: 'jane',
    shows: 'user/*.rs',
    form: { open: ['Change'], typed: { Reference: 'Practitioner/typed' }, send: 'Save' },
  },
  clients: { heading: 'Apps', shows: 'Sample app' },
  'clients/new': {
    heading: 'Register an app',
    form: { typed: { Name: 'Typed app', 'Redirect URIs': 'https://app.example/cb' }, send: 'Register an app' },
  },
  'clients/registration-token': {
    heading: 'Make a registration token',
    form: { typed: { 'Number of apps': '7' }, send: 'Make the token' },
  },
  'clients/id/:id': {
    at: 'clients/id/sample',
    heading: 'Sample app',
    shows: 'https://sample.example/cb',
    form: { open: ['Change'], typed: { Name: 'Typed name' }, send: 'Save' },
  },
  policies: { heading: 'Policies', shows: 'final-only' },
  'policies/new': {
    heading: 'Add a policy',
    form: { typed: { Name: 'typed-policy' }, send: 'Check and save' },
  },
  'policies/name/:name': {
    at: 'policies/name/final-only',
    heading: 'final-only',
    shows: /status=final/,
    form: { open: ['Change'], typed: { Policy: JSON.stringify(policy) }, send: 'Check and save' },
  },
  operations: { heading: 'Operations', shows: 'answers this page' },
  'operations/doctor': { heading: 'Doctor', shows: 'Public address' },
  'operations/issuers': { heading: 'Issuers', shows: 'Its own' },
  'operations/jobs': { heading: 'Jobs', shows: 'There are no jobs' },
  'operations/metrics': { heading: 'Metrics', shows: 'Memory' },
  'operations/settings': { heading: 'Settings', shows: 'CLOCK_SKEW' },
  'operations/packages': { heading: 'Packages', shows: 'No package is installed' },
  'operations/suppressions': {
    heading: 'Suppressed findings',
    shows: 'No finding is suppressed',
    form: {
      open: ['Suppress a finding'],
      typed: { Rule: 'typed-rule', Finding: 'dom-6', Reason: 'typed reason', 'Last day': '2030-01-01' },
      send: 'Save the rule',
    },
  },
  'operations/extensions': { heading: 'Extensions', shows: 'This server has no extensions' },
  'operations/audit': {
    heading: 'Audit trail',
    shows: /^admin/,
    form: { typed: { 'User or client id': 'typed-user' }, send: 'Search', asks: 'Try again' },
  },
  'operations/tenants': { heading: 'Tenants', shows: 'default' },
  'operations/tenants/_new': {
    heading: 'Add a tenant',
    form: { typed: { Name: 'typed-tenant' }, send: 'Add a tenant' },
  },
  'operations/tenants/:name': {
    at: 'operations/tenants/default',
    heading: 'default',
    shows: 'active',
    form: { typed: { 'Requests a second': '77' }, send: 'Set the limits' },
  },
};

it('has an entry for each route', () => {
  expect(Object.keys(pages).toSorted()).toEqual([...consoleRoutes()].toSorted());
});

describe.skipIf(chromiumPath === undefined)('a page of the console', () => {
  let server: TenantsServer;
  let browser: Browser;
  let visit: ConsoleVisit;
  let under: Hardship;

  beforeAll(async () => {
    server = await startTenants({ METRICS_PORT: String(await freePort()) });
    await prepare(server);
    browser = await startChromium();
    visit = await ConsoleVisit.openAs(browser, server.url, { path: 'why', user: 'admin', password: adminPassword });
    visit.page.setDefaultTimeout(12_000);
    under = await Hardship.of(visit.page);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens the page within the console, from one that asks the server for nothing. */
  async function begin(route: string, mode: 'held' | 'ended' | 'through'): Promise<string> {
    const { at = route, heading } = pages[route]!;
    under.mode = 'through';
    await visit.page.goto(`${server.url}/console/${route === 'why' ? 'request' : 'why'}`);
    await visit.page.locator('header').getByRole('button', { name: 'admin' }).waitFor();
    under.mode = mode;
    const address = `/console/${at}`;
    await visit.page.evaluate(
      `history.pushState(null, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    if (mode === 'through' || pages[route]!.at === undefined) await visit.heading(heading);
    return address;
  }

  const busy = (): Locator => main().locator('[aria-busy=true]');
  const main = (): Locator => visit.page.locator('main');
  const lost = (): Locator => visit.page.getByText('No answer came');
  const again = (): Locator => visit.page.getByRole('button', { name: 'Try again' });
  const shown = (text: string | RegExp): Promise<void> => main().getByText(text).first().waitFor();
  const top = async (): Promise<number> => (await main().getByRole('heading', { level: 1 }).boundingBox())!.y;

  async function tryAgain(): Promise<void> {
    // A button goes as soon as what it does has begun.
    while ((await again().count()) > 0)
      await again()
        .first()
        .click({ timeout: 1_000 })
        .catch(() => undefined);
  }

  it.each(Object.keys(pages))('can be read by all, on every screen: /%s', async (route) => {
    await begin(route, 'through');
    if (pages[route]!.shows !== undefined) await shown(pages[route]!.shows);
    for (const [device, { viewport, colorScheme = 'light' }] of fewLooks) {
      await visit.page.setViewportSize(viewport!);
      await visit.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await visit.faults(`route-${route.replace(/\W+/g, '-')}-${device}`), device).toEqual([]);
    }
    await visit.page.setViewportSize(desktop.viewport);
    await visit.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  });

  const loading = Object.keys(pages).filter((route) => pages[route]!.shows !== undefined);

  it.each(loading)('shows that it loads, says that the connection is lost, and recovers: /%s', async (route) => {
    await begin(route, 'held');
    await busy().first().waitFor();
    expect(await visit.page.getByRole('alert').count()).toBe(0);
    const before = await top();
    under.mode = 'lost';
    await lost().first().waitFor();
    expect(await visit.faults('console-lost')).toEqual([]);
    under.mode = 'held';
    await tryAgain();
    under.mode = 'through';
    await tryAgain();
    await shown(pages[route]!.shows!);
    await lost().first().waitFor({ state: 'detached' });
    await busy().first().waitFor({ state: 'detached' });
    expect(await top()).toBe(before);
  });

  const forms = Object.keys(pages).filter((route) => pages[route]!.form);

  it.each(forms)('keeps what was typed when the connection is lost and the login ends: /%s', async (route) => {
    const { shows, form } = pages[route]!;
    await begin(route, 'through');
    if (shows !== undefined) await shown(shows);
    const fields = await fill(form!);
    const isKept = async (): Promise<void> => {
      for (const [field, text] of fields) expect(await textIn(field)).toBe(text);
    };
    const send = visit.page.getByRole('button', { name: form!.send, exact: true });
    under.mode = 'lost';
    await send.click();
    await lost().first().waitFor();
    await isKept();
    const address = await visit.page.evaluate<string>('location.href');
    under.mode = 'ended';
    await (form!.asks === undefined ? send.click() : open(form!.asks));
    await signInAgain();
    await isKept();
    expect(await visit.page.evaluate<string>('location.href')).toBe(address);
  });

  /** What is open to all is shown without a login. */
  const isOpen = (route: string): boolean => ['', 'data'].includes(route);
  const others = loading.filter((route) => !pages[route]!.form && !isOpen(route));

  it.each(others)('leads to the login when that is over, and is there again: /%s', async (route) => {
    const address = await begin(route, 'ended');
    await signInAgain();
    await shown(pages[route]!.shows!);
    expect(await visit.page.evaluate<string>('location.href')).toBe(server.url + address);
  });

  async function fill({ open: openers = [], typed }: FormOf): Promise<readonly (readonly [Locator, string])[]> {
    for (const name of openers) await open(name);
    const fields = Object.entries(typed).map(([label, text]) => [fieldOf(label), text] as const);
    for (const [field, text] of fields) await write(field, text);
    return fields;
  }

  /** By the begin of its label, which may have an address in it. */
  const fieldOf = (label: string): Locator =>
    visit.page
      .locator('input, textarea, [contenteditable=true]')
      .and(visit.page.getByLabel(new RegExp(`^${label}`)))
      .first();

  const isEditor = async (field: Locator): Promise<boolean> => (await field.getAttribute('contenteditable')) === 'true';

  /** As a person does it: `fill` lets the browser carry styles over in an editor, which the policy of the page refuses. */
  async function write(field: Locator, text: string): Promise<void> {
    if (!(await isEditor(field))) return field.fill(text);
    await field.focus();
    await visit.page.keyboard.press('ControlOrMeta+a');
    await visit.page.keyboard.press('Delete');
    await visit.page.keyboard.insertText(text);
  }

  const textIn = async (field: Locator): Promise<string> =>
    (await isEditor(field)) ? (await field.locator('.cm-line').allTextContents()).join('\n') : field.inputValue();

  /** A button, a tab or a choice of that name. */
  async function open(name: string): Promise<void> {
    const { page } = visit;
    const roles = (['button', 'tab', 'radio'] as const).map((role) => page.getByRole(role, { name }));
    await roles
      .reduce((either, one) => either.or(one))
      .first()
      .click();
  }

  async function signInAgain(): Promise<void> {
    const dialog = visit.page.getByRole('dialog', { name: 'Your login is over' });
    await dialog.waitFor();
    under.mode = 'through';
    // The browser has its session still, so the other window asks nothing and closes itself.
    await dialog.getByRole('link', { name: 'Sign in again as admin' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
});

/** What the pages are about. */
async function prepare({ own, operator: token }: TenantsServer): Promise<void> {
  const sample = {
    id: 'sample',
    name: 'Sample app',
    kind: 'public',
    redirectUris: ['https://sample.example/cb'],
    scopes: ['user/*.rs'],
  };
  const calls = [
    ['PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'Under' }] }],
    ['POST', '/oauth2/users', { name: 'jane', grants: 'user/*.rs', password: 'long enough' }],
    ['POST', '/oauth2/clients', sample],
    ['PUT', '/oauth2/policies/final-only', policy],
  ] as const;
  for (const [method, path, body] of calls) {
    const { status, text } = await own.call(method, path, { token, body });
    if (status > 299) throw new Error(`${path}: ${text}`);
  }
}
