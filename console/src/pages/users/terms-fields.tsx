import { Checkbox, NativeSelect, Stack } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { ScopesField } from '../../parts/scopes/scopes-field.js';
import { FhirUserField } from './fhir-user-field.js';
import { clearances, flags, type Terms } from './user.js';

interface TermsView {
  readonly terms: Terms;
  readonly onChange: (terms: Terms) => void;
}

/** Identity and permissions of a user. */
export function TermsFields({ terms, onChange }: TermsView) {
  const t = useMessages();
  const set = (change: Partial<Terms>): void => onChange({ ...terms, ...change });
  return (
    <Stack>
      <ScopesField
        label={t('users.grants')}
        value={terms.grants}
        onChange={(grants) => set({ grants })}
        contexts={['user', 'admin']}
        empty={t('users.noGrants')}
      />
      <FhirUserField value={terms.fhirUser} onChange={(fhirUser) => set({ fhirUser })} />
      <NativeSelect
        label={t('users.clearance')}
        description={t('users.clearance.what')}
        maw={420}
        value={terms.clearance}
        data={[
          { value: '', label: t('users.clearance.usual') },
          ...clearances.map((code) => ({ value: code, label: `${code}: ${t(`clearance.${code}`)}` })),
        ]}
        onChange={({ currentTarget }) => set({ clearance: currentTarget.value })}
      />
      {flags.map((flag) => (
        <Checkbox
          key={flag}
          label={t(`users.${flag}`)}
          checked={terms[flag]}
          onChange={({ currentTarget }) => set({ [flag]: currentTarget.checked })}
        />
      ))}
    </Stack>
  );
}
