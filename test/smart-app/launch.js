/* global FHIR, document, location */
// An EHR launch brings `iss` and `launch`, which the client reads from the address; a standalone launch is told the server.
const given = new URLSearchParams(location.search);
FHIR.oauth2
  .authorize({
    clientId: given.get('client'),
    scope: given.get('scope'),
    redirectUri: `app.html`,
    pkceMode: 'required',
    ...(given.has('launch') ? {} : { iss: given.get('server') }),
  })
  .catch((error) => {
    document.body.textContent = `Failed: ${error.message}`;
  });
