import { Stack, Textarea, TextInput } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { ScopesField } from '../../parts/scopes/scopes-field.js';
import { plainScopes } from '../../parts/scopes/scope-words.js';
import { type ClientForm, contextsOf, hasKeys } from './client.js';
import { KeysField } from './keys-field.js';

export interface ClientFieldsView {
  readonly form: ClientForm;
  readonly onChange: (form: ClientForm) => void;
}

/** A client's name, redirect URIs, scopes and keys. */
export function ClientFields({ form, onChange }: ClientFieldsView) {
  const t = useMessages();
  const set = (change: Partial<ClientForm>): void => onChange({ ...form, ...change });
  const isService = form.kind === 'service';
  return (
    <Stack>
      <TextInput
        label={t('clients.name')}
        description={t('clients.name.what')}
        required
        maw={420}
        autoComplete="off"
        value={form.name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      {!isService && (
        <>
          <Textarea
            label={t('clients.redirectUris')}
            description={t('clients.redirectUris.what')}
            autosize
            minRows={2}
            spellCheck={false}
            value={form.redirectUris}
            onChange={({ currentTarget }) => set({ redirectUris: currentTarget.value })}
          />
          <TextInput
            label={t('clients.launchUrl')}
            description={t('clients.launchUrl.what')}
            spellCheck={false}
            value={form.launchUrl}
            onChange={({ currentTarget }) => set({ launchUrl: currentTarget.value })}
          />
        </>
      )}
      <ScopesField
        label={t('clients.scopes')}
        value={form.scopes}
        onChange={(scopes) => set({ scopes })}
        contexts={contextsOf(form)}
        // Contexts differ by kind, and the builder begins with the first one.
        key={isService ? 'system' : 'user'}
        plain={isService ? [] : plainScopes.filter((scope) => scope !== 'profile')}
        empty={t('clients.noScopes')}
      />
      {hasKeys(form) && <KeysField form={form} onChange={onChange} />}
      {!isService && (
        <Textarea
          label={t('clients.origins')}
          description={t('clients.origins.what')}
          autosize
          minRows={1}
          spellCheck={false}
          value={form.origins}
          onChange={({ currentTarget }) => set({ origins: currentTarget.value })}
        />
      )}
    </Stack>
  );
}
