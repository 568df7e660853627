/** Served as a file of its own, since pages run no other script. Turns a form's options into the answer of a passkey. */
export const passkeyScript = `'use strict';
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const field = form.elements.namedItem('response');
  const status = form.querySelector('[data-status]');
  form.addEventListener('submit', async (event) => {
    if (field.value !== '') return;
    event.preventDefault();
    status.textContent = form.dataset.follow;
    try {
      const options = JSON.parse(form.dataset.options);
      const credential =
        form.dataset.passkey === 'get'
          ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
          : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      field.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      status.textContent =
        error.name === 'InvalidStateError'
          ? form.dataset.known
          : form.dataset.failed;
    }
  });
}
`;
