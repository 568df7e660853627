import { listed } from '../../../r4/errors/listed.js';
import { Html, html } from '../../../refusal/html.js';
import { grantedWords } from '../consent/granted-words.js';
import type { GrantedApp } from '../account/granted-apps.js';
import { formToken, page } from '../page.js';

export interface AppsView {
  readonly host: string;
  readonly action: string;
  readonly token: string;
  readonly account: string;
  readonly apps: readonly GrantedApp[];
  /** Action that was just done. */
  readonly done?: string;
}

export const appsPage = (view: AppsView): string =>
  page({
    title: 'My apps',
    host: view.host,
    wide: true,
    body: html`${accountHead(view, 'apps')} ${doneNotice(view.done)}
      <h1>My apps</h1>
      <p class="lead">Apps that you gave access to health data.</p>
      ${view.apps.length === 0 ? html`<p class="notice">No app has access at the moment.</p>` : view.apps.map((app) => appCard(view, app))}`,
  });

export const doneNotice = (done: string | undefined): Html | string =>
  done === undefined ? '' : html`<div class="notice good" role="status"><p>${done}</p></div>`;

/** The logged-in user, and the links between the account pages. */
export const accountHead = (
  { action, token, account }: Pick<AppsView, 'action' | 'token' | 'account'>,
  here: 'apps' | 'security' | 'password',
): Html =>
  html`<div class="row soft account">
    <nav aria-label="Account">
      <a href="${action}" ${here === 'apps' ? new Html('aria-current="page"') : ''}>My apps</a> ·
      <a href="${action}/security" ${here === 'security' ? new Html('aria-current="page"') : ''}>Sign-in security</a> ·
      <a href="${action.replace(/apps$/, 'account')}" ${here === 'password' ? new Html('aria-current="page"') : ''}
        >Password</a
      >
    </nav>
    <form method="post" action="${action}/logout">
      ${formToken(token)}${account} <button class="link">Sign out</button>
    </form>
  </div>`;

function appCard({ action, token }: AppsView, app: GrantedApp): Html {
  const { reads, writes, administers, offline, identity } = grantedWords(app.scopes);
  return html`<section class="app" aria-label="${app.name}">
    <h2>${app.name}</h2>
    <dl class="facts-list">
      ${fact('May see', listOf(reads))} ${fact('May add or change', listOf(writes))}
      ${fact('May administer', listOf(administers))}
      ${fact('Record of', app.patients.length === 0 ? undefined : app.patients.join(', '))}
      ${fact('At', app.servers.length === 0 ? undefined : app.servers.join(', '))}
      ${fact('Knows who you are', identity ? 'Yes' : undefined)}
      ${fact('While you are away', offline ? 'Keeps access until you stop it' : 'Loses access soon')}
      ${fact('Since', dayOf(app.since))} ${fact('Last used', dayOf(app.usedAt))}
    </dl>
    <form method="post" action="${action}/revoke">
      ${formToken(token)}<input type="hidden" name="client" value="${app.clientId}" />
      <button class="danger">Stop access<span class="sr"> of ${app.name}</span></button>
    </form>
  </section>`;
}

const fact = (name: string, value: string | Html | undefined): Html | string =>
  value === undefined
    ? ''
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;

const mostNamed = 8;

function listOf(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return listed(words, mostNamed);
}

const dayOf = (time: Date): Html => {
  const day = time.toISOString().slice(0, 10);
  return html`<time datetime="${time.toISOString()}">${day}</time>`;
};
