/* global FHIR, document */
// What a SMART app does first: the patient of the launch, the user, and a search; then the refresh token, if there is one.
const show = (facts) => {
  const result = document.getElementById('result');
  result.textContent = JSON.stringify(facts, null, 2);
  result.dataset.done = 'yes';
};

async function run() {
  const client = await FHIR.oauth2.ready();
  const { scope, encounter, need_patient_banner: banner } = client.state.tokenResponse;
  const patient = await client.patient.read();
  const user = client.user.id ? await client.user.read() : undefined;
  const observations = await client.request(`Observation?patient=${client.patient.id}`).then(
    (bundle) => (bundle.entry ?? []).map(({ resource }) => resource.id),
    (error) => error.status ?? error.statusCode ?? error.message,
  );
  const refreshed = client.state.tokenResponse.refresh_token
    ? await client.refresh().then((state) => typeof state.tokenResponse.access_token)
    : 'no refresh token';
  show({
    patient: patient.id,
    user: user && `${user.resourceType}/${user.id}`,
    scope,
    encounter,
    banner,
    observations,
    refreshed,
  });
}

run().catch((error) => show({ failed: error.message }));
