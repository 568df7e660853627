import { Html, html } from '../../../refusal/html.js';
import type { OauthClient } from '../../clients/oauth-client.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { adminWords } from '../../../scope/administration/admin-rights.js';
import { errorSummary, type FormError, formToken, page } from '../page.js';
import type { PatientSummary } from '../patients/patient-words.js';
import { constraintWords } from './category-words.js';
import { type ConsentPiece, consentScopes } from './consent-pieces.js';
import { plainChoices } from './decide-scopes.js';
import { groupNames, groupOf, otherGroup, rankOf, wordsOf } from './type-words.js';

export interface ConsentView {
  readonly host: string;
  /** Address that the form is sent to. */
  readonly action: string;
  readonly token: string;
  readonly client: OauthClient;
  /** The server that has the data, if it is another one. */
  readonly server?: string;
  readonly account: string;
  readonly patient?: PatientSummary;
  readonly offered: readonly string[];
  readonly leftOut: readonly string[];
  readonly appsUrl: string;
  /** Days without use after which access in the user's absence ends. */
  readonly offlineDays: number;
  readonly errors: readonly FormError[];
}

/** More than this, and groups are closed at first: everything is ticked, and what is left out is looked for. */
const mostOpen = 30;

export function consentPage(view: ConsentView): string {
  const { host, client, errors, action, token, account } = view;
  const title = `Share data with ${client.name}?`;
  return page({
    title,
    host,
    wide: true,
    body: html`${errorSummary(errors)}
      <h1>${title}</h1>
      <p class="lead">
        <strong>${client.name}</strong> asks for access ${recordWords(view)}. You decide what it gets; nothing is shared
        before you choose “Allow”.
      </p>
      ${view.server === undefined ? '' : html`<p class="notice">The data is at another server: <strong>${view.server}</strong></p>`}
      ${appFacts(client)}
      <form method="post" action="${action}/consent">
        ${formToken(token)} ${administrationChoices(view)} ${resourceChoices(view)} ${otherChoices(view)}
        ${leftOutWords(view.leftOut)}
        <div class="actions">
          <button class="second" name="decision" value="deny">Do not allow</button>
          <button name="decision" value="allow">Allow</button>
        </div>
      </form>
      <div class="foot">
        <p>You can take this back at any time under <a href="${view.appsUrl}">My apps</a>.</p>
        <form method="post" action="${action}/switch">
          ${formToken(token)} Signed in as ${account}.
          <button class="link">Use another account</button>
        </form>
      </div>`,
  });
}

const recordWords = ({ patient }: ConsentView): Html | string =>
  patient === undefined
    ? 'to the health records that you can open'
    : html`to the health record of
        <strong>${patient.name}</strong>${patient.birthDate === undefined ? '' : `, born ${patient.birthDate}`}`;

function appFacts({ createdBy, policyUri, tosUri }: OauthClient): Html | string {
  const links = [
    ['Privacy policy', policyUri],
    ['Terms of use', tosUri],
  ].filter((link): link is [string, string] => link[1]?.startsWith('https://') === true);
  return html`${
    createdBy === 'registration'
      ? html`<div class="notice">
          <p>This app registered itself. Nobody at this server has checked who is behind it.</p>
        </div>`
      : ''
  }
  ${links.length === 0 ? '' : html`<p class="soft">Of the app: ${links.map(([text, url]) => html`<a href="${url}" rel="noreferrer noopener">${text}</a>`)}</p>`}`;
}

function administrationChoices({ offered, client }: ConsentView): Html | string {
  const rights = offered.filter(isAdminScope);
  if (rights.length === 0) return '';
  return html`<div class="notice write">
      <p>
        <strong>${client.name} also wants to administer this server in your name.</strong> Allow it only if you
        administer with this app.
      </p>
    </div>
    <fieldset class="group">
      <legend>What the app may administer</legend>
      ${rights.map(
        (scope) =>
          html`<div class="entry">
            <label class="tick">
              <input type="checkbox" name="keep" value="${scope}" checked />
              <span class="what"><strong>${adminWords(scope)}</strong><span class="more">${scope}</span></span>
            </label>
          </div>`,
      )}
    </fieldset>`;
}

function resourceChoices({ offered }: ConsentView): Html | string {
  const pieces = [
    ...new Map(
      consentScopes(offered)
        .flatMap((one) => one.pieces)
        .map((piece) => [piece.scope, piece]),
    ).values(),
  ];
  if (pieces.length === 0) return '';
  const writes = pieces.some((piece) => piece.writes);
  const isLong = new Set(pieces.map(({ parsed }) => parsed.type)).size > mostOpen;
  return html`${
    writes
      ? html`<div class="notice write">
          <p><strong>This app also wants to add or change data.</strong> These choices are marked ${writeBadge}.</p>
        </div>`
      : ''
  }
  ${(['patient', 'user', 'system'] as const).map((context) => contextChoices(context, pieces, isLong))}`;
}

const contextWords = {
  patient: 'in this record',
  user: 'in every record that you can open',
  system: 'in all records',
} as const;

function contextChoices(
  context: keyof typeof contextWords,
  all: readonly ConsentPiece[],
  isLong: boolean,
): Html | string {
  const pieces = all.filter(({ parsed }) => parsed.context === context);
  if (pieces.length === 0) return '';
  return html`<h2>
      What the app may ${pieces.some(({ writes }) => writes) ? 'see and change' : 'see'} ${contextWords[context]}
    </h2>
    ${isLong ? html`<p class="soft">Everything is ticked. Open a group to leave something out.</p>` : ''}
    ${groupNames.map((group) =>
      groupChoices(
        group,
        pieces.filter(({ parsed }) => groupName(parsed.type) === group),
        isLong,
      ),
    )}`;
}

const groupName = (type: string): string => (type === '*' ? groupNames[0]! : groupOf(type));

function groupChoices(group: string, pieces: readonly ConsentPiece[], isLong: boolean): Html | string {
  if (pieces.length === 0) return '';
  const types = [...new Set(pieces.map(({ parsed }) => parsed.type))].toSorted(byWords);
  const entries = types.map((type) =>
    entry(
      type,
      pieces.filter(({ parsed }) => parsed.type === type),
    ),
  );
  if (!isLong && group !== otherGroup) {
    return html`<fieldset class="group">
      <legend>${group}</legend>
      ${entries}
    </fieldset>`;
  }
  const count = types.length === 1 ? '1 kind' : `${types.length} kinds`;
  return html`<details class="group">
    <summary><strong>${group}</strong> <span class="soft">${count}</span></summary>
    <fieldset>
      <legend class="sr">${group}</legend>
      ${entries}
    </fieldset>
  </details>`;
}

/** As people care, by the dictionary; what is not in it by its words. */
const byWords = (a: string, b: string): number =>
  rankOf(a) - rankOf(b) || wordsOf(a).title.localeCompare(wordsOf(b).title);

const entry = (type: string, pieces: readonly ConsentPiece[]): Html =>
  html`<div class="entry">${pieces.map((piece) => tick(type, piece))}</div>`;

function tick(type: string, piece: ConsentPiece): Html {
  const { title, more } = wordsOf(type);
  const { constraints, permissions } = piece.parsed;
  const kind = constraints.length === 0 ? undefined : constraintWords(type, constraints);
  const detail = piece.writes ? writeWords(permissions) : (kind ?? more);
  return html`<label class="tick">
      <input type="checkbox" name="keep" value="${piece.scope}" checked />
      <span class="what">
        <strong>${title}</strong> ${piece.writes ? writeBadge : ''}
        ${detail === undefined ? '' : html`<span class="more">${piece.writes && kind !== undefined ? `${kind}: ` : ''}${detail}</span>`}
      </span>
    </label>
    ${narrowerChoices(title, piece)}`;
}

const narrowerChoices = (title: string, { narrower }: ConsentPiece): Html | string =>
  narrower.length === 0
    ? ''
    : html`<details class="sub">
        <summary>Share only some kinds<span class="sr"> of ${title}</span></summary>
        <p class="soft">Tick what to share. With none ticked, all kinds are shared.</p>
        ${narrower.map(
          (one) =>
            html`<label class="tick"
              ><input type="checkbox" name="only" value="${one.scope}" /><span class="what">${one.title}</span></label
            >`,
        )}
      </details>`;

const writeBadge = html`<span class="badge write">Add or change</span>`;

const verbs: Readonly<Record<string, string>> = { c: 'add new entries', u: 'change entries', d: 'delete entries' };

function writeWords(permissions: readonly string[]): string {
  const words = permissions.map((permission) => verbs[permission] ?? permission);
  const text = words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}` : words.join('');
  return `The app may ${text}`;
}

function otherChoices({ offered, account, offlineDays }: ConsentView): Html | string {
  const asked = (name: string): boolean => plainChoices[name]!.some((scope) => offered.includes(scope));
  const choices = [
    ['identity', 'Who you are', `The app learns your user name (${account}) and which entry of the record is yours.`],
    [
      'offline',
      'Keep access while you are away',
      `The app can fetch data while you are not here, until you stop it under “My apps”. It also ends when the app does not use it for ${offlineDays} days.`,
    ],
    ['online', 'Keep access while you are signed in here', 'It ends when you sign out.'],
  ] as const;
  const shown = choices.filter(([name]) => asked(name));
  if (shown.length === 0) return '';
  return html`<h2>Beside the data</h2>
    <fieldset class="group">
      <legend class="sr">Beside the data</legend>
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

const leftOutWords = (leftOut: readonly string[]): Html | string =>
  leftOut.length === 0
    ? ''
    : html`<details>
        <summary>Asked for, but not possible for you (${leftOut.length})</summary>
        <ul class="soft">
          ${leftOut.map((text) => html`<li>${text}</li>`)}
        </ul>
      </details>`;
