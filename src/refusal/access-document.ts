import type { RefusalLinks } from './challenge.js';

/** Part of the page about access. Texts have `code`, **strong** and [links](address), as Markdown does. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string; readonly id: string; readonly level: 2 | 3 }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Commands, or what the last of them prints, with … for what is left out; the tests run them. `refused`: its status. */
  | { readonly kind: 'code'; readonly language: 'sh' | 'http'; readonly text: string; readonly refused?: number }
  | { readonly kind: 'picture' };

const part = (id: string, text: string): Block => ({ kind: 'heading', level: 2, id, text });
const recipe = (id: string, text: string): Block => ({ kind: 'heading', level: 3, id, text });
const text = (said: string): Block => ({ kind: 'text', text: said });
const answer = (shown: string): Block => ({ kind: 'code', language: 'http', text: shown });
const command = (shown: string, refused?: number): Block => ({
  kind: 'code',
  language: 'sh',
  text: shown,
  ...(refused !== undefined && { refused }),
});
const list = (...items: readonly string[]): Block => ({ kind: 'list', items });

/** The page `/docs/access` and `docs/access.md`, but for the reasons, which come from the vocabulary. */
export const accessDocument = (links: RefusalLinks): readonly Block[] => [
  text(
    'A refusal names every check that failed, by a code. This page says how a request is decided, how to read a refusal, how to get a token that works, and what each code means.',
  ),
  text(`FHIR base: \`${links.fhirBase}\``),
  ...decision,
  ...reading(links),
  ...tools(links),
  ...recipes(links),
];

const decision: readonly Block[] = [
  part('decision', 'How a request is decided'),
  { kind: 'picture' },
  text(
    'Scopes grant, and several scopes add up. Everything after them only narrows: the patient of the token, policies of the server. Roles and groups never replace scopes.',
  ),
  list(
    '**401**: get another token. Nothing about this one will do.',
    '**403**: get other scopes or another patient. A new token with the same scopes will not help.',
    '**404**: the resource does not exist, or it is not yours to see; the two are never told apart, and what is not yours is left out of searches and totals. To whom scopes, policies or labels leave only a part, every 404 says which part, in the same words whatever is stored outside. Where nothing but Consents withholds something, a 404 mentions them in three cases only: to who may break the glass, how to do it; to who changes or deletes a Consent, who may; and to a PUT at a new id while any Consent denies something, that it creates nothing, and who gives the right to choose ids.',
    '**429** and **503**: wait for the time that `Retry-After` names.',
  ),
];

/** Takes the token out of the answer to a login. */
const accessToken = String.raw`sed 's/.*"access_token" *: *"\([^"]*\)".*/\1/'`;

const reading = ({ fhirBase, docsUrl }: RefusalLinks): readonly Block[] => [
  part('reading', 'How to read a refusal'),
  text(
    'The body is an OperationOutcome with **one issue for each check that failed**. All of them have to be cured. A search by a token that may only read, with the password of `admin` in `PASSWORD`:',
  ),
  command(
    `TOKEN=$(curl -sS -X POST -H 'Content-Type: application/json' \\
  -d "{\\"user\\":\\"admin\\",\\"password\\":\\"$PASSWORD\\",\\"scope\\":\\"user/Patient.r\\"}" ${fhirBase}/login \\
  | ${accessToken})
curl -i -H "Authorization: Bearer $TOKEN" ${fhirBase}/Patient`,
    403,
  ),
  answer(`HTTP/1.1 403 Forbidden
x-request-id: …
www-authenticate: Bearer realm="fhir", error="insufficient_scope", …, scope="user/Patient.s", error_uri="${docsUrl}#scope-insufficient", …

{"resourceType": "OperationOutcome", "issue": [{
  "severity": "error", "code": "forbidden",
  "details": {
    "coding": [{"system": "${fhirBase}/CodeSystem/denial-reason", "code": "scope-insufficient"}],
    "text": "No scope of the token permits search of Patient. The token has user/Patient.r."
  },
  "diagnostics": "Request a token that also has user/Patient.s (SMART v1 form: user/Patient.read)."
}]}`),
  list(
    '`details.coding` is the code. It never changes its meaning, so programs may act on it.',
    '`details.text` is what was found. Claims of a token that nobody has vouched for are marked *(unverified)*.',
    '`diagnostics` is the cure. Where a scope would help, the smallest one is named, in the form of SMART v2 and of v1.',
    '`expression` is the entry of a batch or transaction that the issue is about, such as `Bundle.entry[3]`.',
    'The extension `step-up` (and the header `Link`) is an authorization URL with the missing scope, for apps of this server. Add `state`, `code_challenge` and `code_challenge_method=S256` of your own.',
    '`WWW-Authenticate` says the same in short; `scope` is what to ask for.',
    '`X-Request-Id` is what the operator needs to find the request.',
  ),
];

const tools = ({ fhirBase }: RefusalLinks): readonly Block[] => [
  part('tools', 'What does my token permit?'),
  text('Everything that a valid token may do, type by type, and which of its scopes do not count:'),
  command(`curl -H "Authorization: Bearer $TOKEN" -H 'Accept: text/plain' '${fhirBase}/$my-access'`),
  text(
    'Why a request is answered as it is, step by step, for any token, also one that is refused. Nothing stored is looked at:',
  ),
  command(`curl -H 'Accept: text/plain' -d "token=$TOKEN" -d 'request=GET Patient/p1' '${fhirBase}/$explain-access'`),
  text(
    'The same at the terminal (in the container, `lanyard` is there without `npx`); without `--server` it needs no network, and does not verify the signature:',
  ),
  command(`npx lanyard token explain "$TOKEN" --request "GET Patient/p1" --server ${fhirBase}`),
  text('`✔` was checked and is good, `✘` refuses, `–` was not checked and says why, `·` is a fact. Only `✔` vouches.'),
];

const recipes = (links: RefusalLinks): readonly Block[] => [
  part('recipes', 'Recipes'),
  text(
    `Tokens come from the authorization servers that the [resource metadata](${links.resourceMetadataUrl}) lists. Each request names this server: \`aud=${links.fhirBase}\`.`,
  ),
  ...recipesOfPeople(links),
  ...recipesOfMachines(links),
];

const recipesOfPeople = ({ fhirBase }: RefusalLinks): readonly Block[] => [
  recipe('recipe-login', 'A user of this server, at the terminal'),
  text(
    'Where the operator left login on, a user name and a password give a token with the scopes of the user. With `-u admin` alone, curl asks for the password.',
  ),
  command(`TOKEN=$(curl -sS -X POST -u "admin:$PASSWORD" ${fhirBase}/login | ${accessToken})`),
  recipe('recipe-patient-app', 'An app for a patient'),
  text(
    'Authorization code flow with PKCE. The server lets the user choose a patient, and the token opens the record of that patient only. The app asks for the scopes that it is registered for, or for some of them:',
  ),
  command(`npx lanyard client add diary --name "Diary" --redirect-uri https://diary.example/callback \\
  --scope "openid fhirUser launch/patient patient/*.rs offline_access"`),
  list(
    'The id of the patient stands in the token response (`patient`). Ask for that one: another one is `patient-context-mismatch`.',
    '`patient/` scopes open the record, and what all patients share, such as Practitioner or Medication, to read. The rest is `type-withheld`.',
    'To write, name the type: `patient/Observation.c`. What is written has to be about this patient.',
  ),
  recipe('recipe-clinician-app', 'An app for a clinician'),
  text('The same flow. `user/` scopes mean what the user may do; policies of the server narrow them further.'),
  command(`npx lanyard client add ward --name "Ward" --redirect-uri https://ward.example/callback --launch-url https://ward.example/launch \\
  --scope "openid fhirUser launch user/Patient.rs user/Observation.crus"`),
  list(
    'The token names the user in `fhirUser`, as a Practitioner or PractitionerRole. Without it: `user-unlinked`.',
    '`launch` takes over the patient of the EHR; use `launch/patient` when the app starts alone. Neither limits `user/` scopes.',
    'Reading (`r`) does not include searching (`s`), and writing (`c`, `u`, `d`) includes neither.',
    'A patch that looks at what is stored (`test`, `copy`, `move`; `where()`, `extension()` in a path) needs `r` beside `u`. Who has no `r` is not told why another patch fails.',
  ),
];

const recipesOfMachines = ({ fhirBase }: RefusalLinks): readonly Block[] => [
  recipe('recipe-backend-service', 'A backend service'),
  text('Client credentials with a signed assertion (SMART Backend Services). No user, so `system/` scopes:'),
  command(`npx lanyard client add nightly --name "Nightly export" --new-key nightly.json --scope "system/Patient.rs system/Observation.rs"
TOKEN_OF_NIGHTLY=$(npx lanyard token get --client nightly --key nightly.json --scope "system/Patient.rs" --base ${fhirBase})
curl -H "Authorization: Bearer $TOKEN_OF_NIGHTLY" ${fhirBase}/Patient`),
  list(
    '`system/` scopes count for machines only. If the token of another issuer is one and does not look so: `machineToken` in `TRUSTED_ISSUERS`.',
    'AuditEvent is never part of `*`: name it, `system/AuditEvent.rs`.',
  ),
  recipe('recipe-researcher', 'A researcher with granular scopes'),
  text(
    'A scope may end with search parameters. Rows that do not match are as if they did not exist, in reads, searches, includes and totals.',
  ),
  command(`SCOPE='system/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
SCOPE="$SCOPE system/Condition.rs?clinical-status=active&category=problem-list-item"
npx lanyard client add study --name "Study" --new-key study.json --scope "$SCOPE"
TOKEN_OF_STUDY=$(npx lanyard token get --client study --key study.json --scope "$SCOPE" --base ${fhirBase})
curl -H "Authorization: Bearer $TOKEN_OF_STUDY" '${fhirBase}/Observation?category=vital-signs'`),
  list(
    'Several such scopes for one type add up: rows that match any of them.',
    'Comma is OR, `&` is AND; special characters are percent-encoded once. Modifiers, chains and result parameters are `scope-constraint-unsupported`.',
    '`:in` and `:not-in` of a value set are no part of a scope either: who may write the value set would decide what the scope permits. Name the codes, with commas, or write a policy with `code:in=…`.',
    'A search intersects: the one above is 200 and empty.',
  ),
];
