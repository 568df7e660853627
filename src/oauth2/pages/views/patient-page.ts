import { Html, html } from '../../../refusal/html.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import type { FoundPatients, PatientQuery } from '../patient-directory.js';
import type { EncounterSummary, PatientSummary } from '../patients/patient-words.js';

interface ChoiceView {
  readonly host: string;
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
  const { host, app, searchable, errors } = view;
  const title = searchable ? 'Choose a patient' : 'Whose record?';
  return page({
    title,
    host,
    wide: true,
    body: html`${errorSummary(errors)}
      <h1>${title}</h1>
      <p class="lead">
        <strong>${app}</strong> opens one health record.
        ${searchable ? 'Which one?' : 'Choose yours, or that of somebody you act for.'}
      </p>
      ${searchable ? searchForm(view) : ''} ${patientList(view)} ${footer(view)}`,
  });
}

function searchForm({ action, token, query, errors }: PatientView): Html {
  const { name = '', birthDate = '', identifier = '' } = query;
  return html`<form method="post" action="${action}/patients" class="search" role="search" aria-label="Patients">
    ${formToken(token)}
    <div class="field whole">
      <label for="name">Name</label>
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
      <label for="birthdate">Birth date</label>
      <input id="birthdate" name="birthdate" type="date" value="${birthDate}" ${invalid(errors, 'birthdate')} />
    </div>
    <div class="field">
      <label for="identifier">Record number</label>
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
    <button class="second">Search</button>
  </form>`;
}

function patientList({ action, token, found, searchable, query }: PatientView): Html {
  const { patients, hasMore } = found;
  const asked = Object.values(query).some((value) => value !== undefined && value !== '');
  if (patients.length === 0) {
    return html`<p role="status" class="notice">
      ${asked ? 'No patient was found. Check the spelling, or search by less.' : 'There is no patient here that you may see.'}
    </p>`;
  }
  const count = patients.length === 1 ? '1 patient' : `${patients.length} patients`;
  return html`${searchable ? html`<div role="status"><h2>${hasMore ? `The first ${count}` : count}</h2></div>` : ''}
    ${hasMore ? html`<p class="soft">There are more. Search to find others.</p>` : ''}
    <form method="post" action="${action}/patient">
      ${formToken(token)}
      <ul class="list">
        ${patients.map(
          (patient) =>
            html`<li>
              <button class="choice" name="patient" value="${patient.id}">
                <span><strong>${patient.name}</strong><span class="facts">${factsOf(patient)}</span></span
                ><span class="go" aria-hidden="true">›</span>
              </button>
            </li>`,
        )}
      </ul>
    </form>`;
}

function factsOf({ birthDate, sex, identifier }: PatientSummary): readonly Html[] {
  const facts = [birthDate && `Born ${birthDate}`, sex, identifier && `No. ${identifier}`].filter(Boolean);
  return (facts.length > 0 ? facts : ['Nothing more on record']).map((fact) => html`<span>${fact ?? ''}</span>`);
}

export interface EncounterView extends ChoiceView {
  readonly patient: PatientSummary;
  readonly encounters: readonly EncounterSummary[];
}

export function encounterPage(view: EncounterView): string {
  const { host, action, token, app, patient, encounters } = view;
  return page({
    title: 'Choose a visit',
    host,
    wide: true,
    body: html`<h1>Choose a visit</h1>
      <p class="lead"><strong>${app}</strong> asks which visit of <strong>${patient.name}</strong> this is about.</p>
      <form method="post" action="${action}/encounter">
        ${formToken(token)}
        <ul class="list">
          ${encounters.map(
            ({ id, title, when }) =>
              html`<li>
                <button class="choice" name="encounter" value="${id}">
                  <span><strong>${title}</strong><span class="facts">${when}</span></span
                  ><span class="go" aria-hidden="true">›</span>
                </button>
              </li>`,
          )}
        </ul>
        <div class="actions"><button class="second" name="encounter" value="">No particular visit</button></div>
      </form>
      ${footer(view)}`,
  });
}

const footer = ({ action, token, account }: ChoiceView): Html =>
  html`<div class="foot row">
    <form method="post" action="${action}/switch">
      ${formToken(token)}Signed in as ${account}. <button class="link">Use another account</button>
    </form>
    <form method="post" action="${action}/cancel">
      ${formToken(token)}<button class="link">Cancel, go back to the app</button>
    </form>
  </div>`;
