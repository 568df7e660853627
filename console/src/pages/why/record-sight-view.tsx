import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sightScopes } from '../../login/page-scopes.js';
import { ScopesByButton } from '../../login/scopes-needed.js';
import { useAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { type AskedToken, noToken, questionPath, type RecordSight, trimmed } from './others-access.js';
import { SightTable } from './sight-table.js';
import { TokenFields } from './token-fields.js';

interface RecordSightView {
  readonly about?: Partial<AskedToken & { readonly patient: string }>;
}

/** How much of a patient's record somebody else would be shown; asked when the button is pressed, since each question is audited. */
export function RecordSightView({ about = {} }: RecordSightView) {
  const t = useMessages();
  const api = useAdmin();
  const { session } = useServer();
  const { patient: named = '', ...whose } = about;
  const [token, setToken] = useState<AskedToken>({ ...noToken, ...whose });
  const [patient, setPatient] = useState(named);
  const ask = useMutation({
    mutationFn: async ([whom, which]: readonly [AskedToken, string]) => {
      await session.ensure(sightScopes);
      return api.get<RecordSight>(questionPath(whom, which));
    },
  });
  const asked = trimmed(token);
  const id = patient.trim().replace(/^Patient\//, '');
  const isNamed = id !== '' && (asked.user !== '' || asked.client !== '');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isNamed) ask.mutate([asked, id]);
  };
  return (
    <Stack>
      <Text maw="70ch" size="sm">
        {t('sight.what')}
      </Text>
      <ScopesByButton scopes={sightScopes} />
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('sight.patient')}
            description={t('sight.patient.what')}
            maw={420}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: 'code' }}
            value={patient}
            onChange={({ currentTarget }) => setPatient(currentTarget.value)}
          />
          <TokenFields token={token} onChange={(change) => setToken((before) => ({ ...before, ...change }))} />
          <Group>
            <Button type="submit" variant="default" loading={ask.isPending} disabled={!isNamed}>
              {t('sight.ask')}
            </Button>
            {!isNamed && <Text size="sm">{t('sight.need')}</Text>}
          </Group>
        </Stack>
      </form>
      {ask.isError && <Failure error={ask.error} />}
      {ask.data && <SightTable sight={ask.data} />}
    </Stack>
  );
}
