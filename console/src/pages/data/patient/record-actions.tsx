import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLogin, useServer } from '../../../login/use-login.js';
import { useMayHave } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { download } from '../../../parts/download.js';
import { Failure } from '../../../parts/failure.js';
import type { Parameters } from '../../../server/parameters.js';
import { readMyAccess } from '../../why/my-access.js';
import { SightLink } from '../../why/sight-link.js';
import { useQuestions } from '../../why/use-questions.js';
import { EraseButton } from './erase-button.js';
import { MergeButton } from './merge-button.js';
import { may, summaryOf, wholeRecord } from './record.js';

/** Operations on the whole record of a patient that the user may run. */
export function RecordActions({ patient }: { readonly patient: string }) {
  const t = useMessages();
  const { ofRecords } = useQuestions();
  const { fhir } = useServer();
  const login = useLogin();
  const mayErase = useMayHave('admin/Data.d');
  const mine = useQuery({
    queryKey: ['my-access'],
    enabled: login.state === 'in',
    queryFn: async ({ signal }) => readMyAccess(await fhir.ask<Parameters>({ path: '$my-access', signal })),
  });
  if (!mine.data) return null;
  const mayMerge = may(mine.data, 'Patient', 'ru') && may(mine.data, 'Provenance', 'c');
  return (
    <>
      <Downloads patient={patient} />
      {ofRecords && <SightLink about={{ patient }} text={t('sight.ofPatient')} />}
      {mayMerge && <MergeButton patient={patient} />}
      {mayErase && may(mine.data, 'Patient', 'd') && <EraseButton patient={patient} />}
    </>
  );
}

function Downloads({ patient }: { readonly patient: string }) {
  const t = useMessages();
  const { fhir } = useServer();
  const [count, setCount] = useState(0);
  const whole = useMutation({
    mutationFn: async () => download(`Patient-${patient}.ndjson`, await wholeRecord(fhir, patient, setCount)),
  });
  const summary = useMutation({
    mutationFn: async () => download(`Patient-${patient}-summary.json`, await summaryOf(fhir, patient)),
  });
  const failed = whole.error ?? summary.error;
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={whole.isPending} onClick={() => whole.mutate()}>
          {t('record.everything')}
        </Button>
        <Button variant="default" loading={summary.isPending} onClick={() => summary.mutate()}>
          {t('record.summary')}
        </Button>
      </Group>
      {(whole.isPending || whole.isSuccess) && (
        <Text size="sm" role="status">
          {t.count('record.loaded', count)}
        </Text>
      )}
      {failed instanceof RangeError ? (
        <Text size="sm" role="alert">
          {t('record.tooLong')}
        </Text>
      ) : (
        failed && <Failure error={failed} />
      )}
    </Stack>
  );
}
