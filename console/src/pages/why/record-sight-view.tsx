import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useAdmin } from '../../login/use-admin.js';
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
  const { patient: named = '', ...whose } = about;
  const [token, setToken] = useState<AskedToken>({ ...noToken, ...whose });
  const [patient, setPatient] = useState(named);
  const ask = useMutation({
    mutationFn: ([asked, id]: readonly [AskedToken, string]) => api.get<RecordSight>(questionPath(asked, id)),
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
