import { Anchor, Breadcrumbs, Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { WhyLink } from '../../parts/why-link.js';
import { AnswerRefused } from '../../server/fhir-client.js';
import { HistoryView } from './history-view.js';
import { JsonView } from '../../parts/json-view.js';
import { ReferencesView } from './references-view.js';

/** A resource, or one version of it: as JSON whose references lead on, its history, and what refers to it. */
export function ResourceView() {
  const { type = '', id = '', version } = useParams();
  return <Opened key={`${type}/${id}/${version}`} {...{ type, id, version }} />;
}

interface Place {
  readonly type: string;
  readonly id: string;
  readonly version: string | undefined;
}

function Opened({ type, id, version }: Place) {
  const t = useMessages();
  const { fhir } = useServer();
  const [tab, setTab] = useState<string | null>('json');
  const path = `${type}/${encodeURIComponent(id)}${version === undefined ? '' : `/_history/${encodeURIComponent(version)}`}`;
  const read = useQuery({
    queryKey: ['read', path],
    queryFn: async ({ signal }) => {
      const answer = await fhir.send({ path: `${path}?_pretty=true`, signal });
      if (answer.status !== 200) throw new AnswerRefused(answer);
      return answer;
    },
  });
  return (
    <Stack>
      <Breadcrumbs>
        <Anchor component={Link} to="/data">
          {t('nav.data')}
        </Anchor>
        <Anchor component={Link} to={`/data/${type}`}>
          {type}
        </Anchor>
        <span className="break">{id}</span>
      </Breadcrumbs>
      <PageTitle
        text={version === undefined ? `${type}/${id}` : t('resource.version', { resource: `${type}/${id}`, version })}
      />
      {read.isError && (
        <Failure error={read.error} again={() => void read.refetch()} more={<WhyLink request={`GET ${path}`} />} />
      )}
      <Tabs value={tab} onChange={setTab}>
        <Tabs.List>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
          <Tabs.Tab value="history">{t('resource.history')}</Tabs.Tab>
          <Tabs.Tab value="references">{t('resource.references')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="json" pt="md">
          {read.isPending && <Loading />}
          {read.data && <JsonView text={read.data.text} base={fhir.base} />}
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          {tab === 'history' && <HistoryView type={type} id={id} />}
        </Tabs.Panel>
        <Tabs.Panel value="references" pt="md">
          {tab === 'references' && <ReferencesView type={type} id={id} text={read.data?.text ?? ''} base={fhir.base} />}
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
