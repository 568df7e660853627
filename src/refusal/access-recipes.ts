import type { RefusalLinks } from './challenge.js';
import { type Html, html } from './html.js';

/** The four ways to a token that works, each as short as it goes. */
export const recipes = ({ fhirBase, resourceMetadataUrl }: RefusalLinks): Html =>
  html`<h3>Log in with a user of this server</h3>
    <p>Where the operator left login on, a user name and a password give a token with the scopes of the user.</p>
    <pre>curl -X POST -u admin ${fhirBase}/login</pre>
    <h3>Send the token</h3>
    <p>Only the value of <code>access_token</code>, only in the header.</p>
    <pre>
curl -H "Authorization: Bearer $TOKEN" ${fhirBase}/Patient
curl -H "Authorization: Bearer $TOKEN" '${fhirBase}/$my-access'</pre>
    <p>The second line says what the token can do here, and which of its scopes do not count.</p>
    <h3>An app for one patient</h3>
    <p>
      Request a token from a trusted authorization server with <code>aud=${fhirBase}</code> and a scope such as
      <code>launch/patient patient/*.rs</code>. The server lets the user choose a patient and puts the id into the claim
      <code>patient</code>. The token then opens the record of that patient only. Which servers are trusted:
      <a href="${resourceMetadataUrl}">resource metadata</a>.
    </p>
    <h3>A backend service</h3>
    <p>
      Use the client credentials grant of a trusted authorization server with a scope such as
      <code>system/Patient.rs</code>. system/ scopes count for machines only, so the token must show that it belongs to
      one.
    </p>`;
