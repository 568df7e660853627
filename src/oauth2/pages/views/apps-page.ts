import { Html, html } from '../../../refusal/html.js';
import { grantedWords } from '../consent/granted-words.js';
import type { GrantedApp } from '../account/granted-apps.js';
import { dayIn } from '../../words/dates.js';
import type { Look } from '../look.js';
import { formToken, page } from '../page.js';

export interface AppsView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  readonly account: string;
  readonly apps: readonly GrantedApp[];
  /** Action that was just done. */
  readonly done?: string;
}

export const appsPage = (view: AppsView): string => {
  const { look } = view;
  const { apps: words } = look.words;
  return page({
    title: words.title,
    look,
    wide: true,
    body: html`${accountHead(view, 'apps')} ${doneNotice(view.done)}
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${view.apps.length === 0 ? html`<p class="notice">${words.none}</p>` : view.apps.map((app) => appCard(view, app))}`,
  });
};

export const doneNotice = (done: string | undefined): Html | string =>
  done === undefined ? '' : html`<div class="notice good" role="status"><p>${done}</p></div>`;

/** The logged-in user, and the links between the account pages. */
export const accountHead = (
  { look, action, token, account }: Pick<AppsView, 'look' | 'action' | 'token' | 'account'>,
  here: 'apps' | 'security' | 'password',
): Html => {
  const { apps: words } = look.words;
  return html`<div class="row soft account">
    <nav aria-label="${words.nav}">
      <a href="${action}" ${here === 'apps' ? new Html('aria-current="page"') : ''}>${words.title}</a> ·
      <a href="${action}/security" ${here === 'security' ? new Html('aria-current="page"') : ''}>${words.security}</a> ·
      <a href="${action.replace(/apps$/, 'account')}" ${here === 'password' ? new Html('aria-current="page"') : ''}
        >${words.password}</a
      >
    </nav>
    <form method="post" action="${action}/logout">
      ${formToken(token)}${account} <button class="link">${words.signOut}</button>
    </form>
  </div>`;
};

function appCard({ look, action, token }: AppsView, app: GrantedApp): Html {
  const { words } = look;
  const { apps } = words;
  const { reads, writes, administers, offline, identity } = grantedWords(words, app.scopes);
  const listOf = (some: readonly string[]): string | undefined => (some.length === 0 ? undefined : listed(words, some));
  return html`<section class="app" aria-label="${app.name ?? apps.unknown}">
    <h2>${app.name ?? apps.unknown}</h2>
    <dl class="facts-list">
      ${fact(apps.reads, listOf(reads))} ${fact(apps.writes, listOf(writes))}
      ${fact(apps.administers, listOf(administers))}
      ${fact(apps.records, app.patients.length === 0 ? undefined : app.patients.join(', '))}
      ${fact(apps.servers, app.servers.length === 0 ? undefined : app.servers.join(', '))}
      ${fact(apps.identity, identity ? apps.yes : undefined)} ${fact(apps.away, offline ? apps.keeps : apps.loses)}
      ${fact(apps.since, dayOf(look, app.since))} ${fact(apps.used, dayOf(look, app.usedAt))}
    </dl>
    <form method="post" action="${action}/revoke">
      ${formToken(token)}<input type="hidden" name="client" value="${app.clientId}" />
      <button class="danger">${apps.stop}<span class="sr">${apps.stopOf(app.name ?? apps.unknown)}</span></button>
    </form>
  </section>`;
}

const fact = (name: string, value: string | Html | undefined): Html | string =>
  value === undefined
    ? ''
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;

const mostNamed = 8;

/** The first of them, and how many more there are. */
const listed = ({ listEnd }: Look['words'], some: readonly string[]): string => {
  const shown = some.slice(0, mostNamed).join(', ');
  return some.length > mostNamed ? listEnd(shown, some.length - mostNamed) : shown;
};

const dayOf = ({ locale }: Look, time: Date): Html => {
  const instant = time.toISOString();
  return html`<time datetime="${instant}">${dayIn(locale, instant)}</time>`;
};
