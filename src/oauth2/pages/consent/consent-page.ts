import { Html, html } from '../../../refusal/html.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import type { OauthClient } from '../../clients/oauth-client.js';
import type { LeftOutScope } from '../../scopes/offered-scopes.js';
import { dayIn } from '../../words/dates.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, page } from '../page.js';
import type { PatientSummary } from '../patients/patient-words.js';
import { resourceChoices } from './consent-choices.js';
import { plainChoices } from './decide-scopes.js';
import { adminWords } from './granted-words.js';

export interface ConsentView {
  readonly look: Look;
  /** Address that the form is sent to. */
  readonly action: string;
  readonly token: string;
  readonly client: OauthClient;
  /** The server that has the data, if it is another one. */
  readonly server?: string;
  readonly account: string;
  readonly patient?: PatientSummary;
  readonly offered: readonly string[];
  readonly leftOut: readonly LeftOutScope[];
  readonly appsUrl: string;
  /** Days without use after which access in the user's absence ends. */
  readonly offlineDays: number;
  readonly errors: readonly FormError[];
}

export function consentPage(view: ConsentView): string {
  const { look, client, errors, action, token, account, offered } = view;
  const { consent: words, form } = look.words;
  const title = words.title(client.name);
  return page({
    title,
    look,
    errors,
    wide: true,
    body: html`${errorSummary(look, errors)}
      <h1>${title}</h1>
      <p class="lead">${leadOf(view)}</p>
      ${view.server === undefined ? '' : html`<p class="notice">${words.elsewhere(html`<strong>${view.server}</strong>`)}</p>`}
      ${appFacts(look, client)}
      <form method="post" action="${action}/consent">
        ${formToken(token)} ${administrationChoices(view)} ${resourceChoices(look, offered)} ${otherChoices(view)}
        ${leftOutWords(view)}
        <div class="actions">
          <button class="second" name="decision" value="deny">${words.deny}</button>
          <button name="decision" value="allow">${words.allow}</button>
        </div>
      </form>
      <div class="foot">
        <p>${words.takeBack((text) => html`<a href="${view.appsUrl}">${text}</a>`)}</p>
        <form method="post" action="${action}/switch">
          ${formToken(token)} ${form.signedInAs(account)}
          <button class="link">${form.useAnother}</button>
        </form>
      </div>`,
  });
}

function leadOf({ look, client, patient }: ConsentView): Html {
  const { consent, patients } = look.words;
  const app = html`<strong>${client.name}</strong>`;
  if (patient === undefined) return consent.leadAll(app);
  const { name = patients.noName, birthDate } = patient;
  return consent.leadRecord(
    app,
    html`<strong>${name}</strong>`,
    birthDate === undefined ? undefined : dayIn(look.locale, birthDate),
  );
}

function appFacts({ words }: Look, { createdBy, policyUri, tosUri }: OauthClient): Html | string {
  const { consent } = words;
  const links = [
    [consent.policy, policyUri],
    [consent.terms, tosUri],
  ].filter((link): link is [string, string] => link[1]?.startsWith('https://') === true);
  return html`${createdBy === 'registration' ? html`<div class="notice"><p>${consent.registeredItself}</p></div>` : ''}
  ${links.length === 0 ? '' : html`<p class="soft">${consent.ofTheApp} ${links.map(([text, url]) => html`<a href="${url}" rel="noreferrer noopener">${text}</a>`)}</p>`}`;
}

function administrationChoices({ look, offered, client }: ConsentView): Html | string {
  const rights = offered.filter(isAdminScope);
  if (rights.length === 0) return '';
  const { consent } = look.words;
  return html`<div class="notice write">
      <p><strong>${consent.administers(client.name)}</strong> ${consent.administersMore}</p>
    </div>
    <fieldset class="group">
      <legend>${consent.administration}</legend>
      ${rights.map(
        (scope) =>
          html`<div class="entry">
            <label class="tick">
              <input type="checkbox" name="keep" value="${scope}" checked />
              <span class="what"
                ><strong>${adminWords(look.words, scope)}</strong><span class="more" lang="en">${scope}</span></span
              >
            </label>
          </div>`,
      )}
    </fieldset>`;
}

function otherChoices({ look, offered, account, offlineDays }: ConsentView): Html | string {
  const { consent } = look.words;
  const asked = (name: string): boolean => plainChoices[name]!.some((scope) => offered.includes(scope));
  const choices = [
    ['identity', consent.identity, consent.identityMore(account)],
    ['offline', consent.offline, consent.offlineMore(offlineDays)],
    ['online', consent.online, consent.onlineMore],
  ] as const;
  const shown = choices.filter(([name]) => asked(name));
  if (shown.length === 0) return '';
  return html`<h2>${consent.beside}</h2>
    <fieldset class="group">
      <legend class="sr">${consent.beside}</legend>
      ${shown.map(
        ([name, title, more]) =>
          html`<div class="entry">
            <label class="tick">
              <input type="checkbox" name="keep" value="${name}" checked />
              <span class="what"><strong>${title}</strong><span class="more">${more}</span></span>
            </label>
          </div>`,
      )}
    </fieldset>`;
}

function leftOutWords({ look, leftOut }: ConsentView): Html | string {
  if (leftOut.length === 0) return '';
  const { consent, leftOut: why } = look.words;
  return html`<details>
    <summary>${consent.leftOut(leftOut.length)}</summary>
    <ul class="soft">
      ${leftOut.map(
        (one) =>
          html`<li>
            <code>${one.scope}</code>:
            ${why[one.why]}${one.detail === undefined ? '' : html` (<span lang="en">${one.detail}</span>)`}
          </li>`,
      )}
    </ul>
  </details>`;
}
