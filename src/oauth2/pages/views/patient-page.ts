import { Html, html } from '../../../refusal/html.js';
import { dayIn } from '../../words/dates.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import type { FoundPatients, PatientQuery } from '../patient-directory.js';
import type { EncounterSummary, PatientSummary } from '../patients/patient-words.js';

interface ChoiceView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  readonly app: string;
  readonly account: string;
}

export interface PatientView extends ChoiceView {
  /** True if the page needs a search form: there are more than a few patients. */
  readonly searchable: boolean;
  readonly query: PatientQuery;
  readonly found: FoundPatients;
  readonly errors: readonly FormError[];
}

export function patientPage(view: PatientView): string {
  const { look, searchable, errors } = view;
  const { patients: words } = look.words;
  const title = searchable ? words.choose : words.whose;
  const app = html`<strong>${view.app}</strong>`;
  return page({
    title,
    look,
    errors,
    wide: true,
    body: html`${errorSummary(look, errors)}
      <h1>${title}</h1>
      <p class="lead">${searchable ? words.lead(app) : words.leadOwn(app)}</p>
      ${searchable ? searchForm(view) : ''} ${patientList(view)} ${footer(view)}`,
  });
}

function searchForm({ look, action, token, query, errors }: PatientView): Html {
  const { patients: words } = look.words;
  const { name = '', birthDate = '', identifier = '' } = query;
  return html`<form method="post" action="${action}/patients" class="search" role="search" aria-label="${words.region}">
    ${formToken(token)}
    <div class="field whole">
      <label for="name">${words.name}</label>
      <input
        id="name"
        name="name"
        type="search"
        value="${name}"
        autocomplete="off"
        maxlength="200"
        ${invalid(errors, 'name')}
      />
    </div>
    <div class="field">
      <label for="birthdate">${words.birthDate}</label>
      <input id="birthdate" name="birthdate" type="date" value="${birthDate}" ${invalid(errors, 'birthdate')} />
    </div>
    <div class="field">
      <label for="identifier">${words.identifier}</label>
      <input
        id="identifier"
        name="identifier"
        type="search"
        value="${identifier}"
        autocomplete="off"
        maxlength="200"
        ${invalid(errors, 'identifier')}
      />
    </div>
    <button class="second">${words.search}</button>
  </form>`;
}

function patientList(view: PatientView): Html {
  const { look, action, token, found, searchable, query } = view;
  const { patients: words } = look.words;
  const { patients, next } = found;
  const asked = Object.values(query).some((value) => value !== undefined && value !== '');
  if (patients.length === 0) {
    return html`<p role="status" class="notice">${asked ? words.none : words.nobody}</p>`;
  }
  return html`${searchable ? html`<div role="status"><h2>${words.count(patients.length)}</h2></div>` : ''}
    ${searchable ? html`<p class="soft">${words.order} ${next === undefined ? '' : words.more}</p>` : ''}
    <form method="post" action="${action}/patient">
      ${formToken(token)}
      <ul class="list">
        ${patients.map(
          (patient) =>
            html`<li>
              <button class="choice" name="patient" value="${patient.id}">
                <span
                  ><strong>${(searchable ? patient.sortedName : patient.name) ?? words.noName}</strong
                  ><span class="facts">${factsOf(look, patient)}</span></span
                ><span class="go" aria-hidden="true">›</span>
              </button>
            </li>`,
        )}
      </ul>
    </form>
    ${pageButtons(view)}`;
}

/** Leads to the pages before and after, with what was searched for: neither stands in an address. */
function pageButtons({ look, action, token, found, query }: PatientView): Html | string {
  const { patients: words } = look.words;
  const { name = '', birthDate = '', identifier = '' } = query;
  if (found.next === undefined && found.previous === undefined) return '';
  return html`<form method="post" action="${action}/patients" class="actions">
    ${formToken(token)}
    <input type="hidden" name="name" value="${name}" />
    <input type="hidden" name="birthdate" value="${birthDate}" />
    <input type="hidden" name="identifier" value="${identifier}" />
    ${pageButton(found.previous, words.previous)} ${pageButton(found.next, words.next)}
  </form>`;
}

const pageButton = (to: string | undefined, text: string): Html | string =>
  to === undefined ? '' : html`<button class="second" name="page" value="${to}">${text}</button>`;

function factsOf({ words, locale }: Look, { birthDate, sex, identifier }: PatientSummary): readonly Html[] {
  const { patients } = words;
  const facts = [
    birthDate && patients.born(dayIn(locale, birthDate)),
    sex && patients.sexes[sex],
    identifier && patients.number(identifier),
  ].filter(Boolean);
  return (facts.length > 0 ? facts : [patients.nothingMore]).map((fact) => html`<span>${fact ?? ''}</span>`);
}

export interface EncounterView extends ChoiceView {
  readonly patient: PatientSummary;
  readonly encounters: readonly EncounterSummary[];
}

export function encounterPage(view: EncounterView): string {
  const { look, action, token, app, patient, encounters } = view;
  const { encounters: words, patients } = look.words;
  return page({
    title: words.title,
    look,
    wide: true,
    body: html`<h1>${words.title}</h1>
      <p class="lead">
        ${words.lead(html`<strong>${app}</strong>`, html`<strong>${patient.name ?? patients.noName}</strong>`)}
      </p>
      <form method="post" action="${action}/encounter">
        ${formToken(token)}
        <ul class="list">
          ${encounters.map(
            ({ id, title, days }) =>
              html`<li>
                <button class="choice" name="encounter" value="${id}">
                  <span><strong>${title ?? words.visit}</strong><span class="facts">${whenOf(look, days)}</span></span
                  ><span class="go" aria-hidden="true">›</span>
                </button>
              </li>`,
          )}
        </ul>
        <div class="actions"><button class="second" name="encounter" value="">${words.none}</button></div>
      </form>
      ${footer(view)}`,
  });
}

const whenOf = ({ words: { encounters: words }, locale }: Look, days: readonly string[]): string => {
  const [start, end] = days.map((day) => dayIn(locale, day));
  if (start === undefined) return words.noDate;
  return end === undefined ? start : words.until(start, end);
};

function footer({ look, action, token, account }: ChoiceView): Html {
  const { form } = look.words;
  return html`<div class="foot row">
    <form method="post" action="${action}/switch">
      ${formToken(token)}${form.signedInAs(account)} <button class="link">${form.useAnother}</button>
    </form>
    <form method="post" action="${action}/cancel">${formToken(token)}<button class="link">${form.cancel}</button></form>
  </div>`;
}
