import { Group, NativeSelect, Stack, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { DiffView } from '../../../parts/text/diff-view.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { AnswerRefused, type FhirClient } from '../../../server/fhir-client.js';

interface DiffOf {
  readonly type: string;
  readonly id: string;
  /** Versions that have a content, the newest first; two at least. */
  readonly versions: readonly string[];
}

/** Two versions of a resource, and what differs: the newest two at first. */
export function VersionDiff({ type, id, versions }: DiffOf) {
  const t = useMessages();
  const { fhir } = useServer();
  const [from, setFrom] = useState(versions[1] ?? '');
  const [to, setTo] = useState(versions[0] ?? '');
  const texts = useQuery({
    queryKey: ['diff', type, id, from, to],
    queryFn: ({ signal }) =>
      Promise.all([from, to].map((version) => textOf(fhir, `${type}/${encodeURIComponent(id)}`, version, signal))),
  });
  const [before = '', after = ''] = texts.data ?? [];
  return (
    <Stack component="section" aria-label={t('diff.title')}>
      <Title order={2} size="h5">
        {t('diff.title')}
      </Title>
      <Group>
        <NativeSelect
          label={t('diff.from')}
          data={[...versions]}
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <NativeSelect
          label={t('diff.to')}
          data={[...versions]}
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
      </Group>
      {texts.isPending && <Loading />}
      {texts.isError && <Failure error={texts.error} again={() => void texts.refetch()} />}
      {texts.data && <DiffView from={before} to={after} />}
    </Stack>
  );
}

/** The text of the server, whose numbers no browser rounds. */
async function textOf(fhir: FhirClient, path: string, version: string, signal: AbortSignal): Promise<string> {
  const answer = await fhir.send({ path: `${path}/_history/${encodeURIComponent(version)}?_pretty=true`, signal });
  if (answer.status !== 200) throw new AnswerRefused(answer);
  return answer.text;
}
