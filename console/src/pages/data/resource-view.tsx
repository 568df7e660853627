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
import { AnswerRefused, type FhirAnswer } from '../../server/fhir-client.js';
import { EditView } from './edit-view.js';
import { HistoryView } from './history-view.js';
import { JsonView } from '../../parts/json-view.js';
import { ReferencesView } from './references-view.js';
import { RestoreButton } from './restore-button.js';

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
      {version !== undefined && read.data && <RestoreButton {...{ type, id, version }} text={read.data.text} />}
      <ResourceTabs {...{ type, id, version }} answer={read.data} isPending={read.isPending} />
    </Stack>
  );
}

interface OpenedTabs extends Place {
  readonly answer: FhirAnswer | undefined;
  readonly isPending: boolean;
}

function ResourceTabs({ type, id, version, answer, isPending }: OpenedTabs) {
  const t = useMessages();
  const { fhir } = useServer();
  const [tab, setTab] = useState<string | null>('json');
  // What is typed stays while another tab is looked at.
  const [isEdited, setEdited] = useState(false);
  return (
    <Tabs
      value={tab}
      onChange={(next) => {
        setTab(next);
        if (next === 'edit') setEdited(true);
      }}
    >
      <Tabs.List>
        <Tabs.Tab value="json">JSON</Tabs.Tab>
        <Tabs.Tab value="history">{t('resource.history')}</Tabs.Tab>
        <Tabs.Tab value="references">{t('resource.references')}</Tabs.Tab>
        {version === undefined && <Tabs.Tab value="edit">{t('edit.title')}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="json" pt="md">
        {isPending && <Loading />}
        {answer && <JsonView text={answer.text} base={fhir.base} />}
      </Tabs.Panel>
      <Tabs.Panel value="history" pt="md">
        {tab === 'history' && <HistoryView type={type} id={id} />}
      </Tabs.Panel>
      <Tabs.Panel value="references" pt="md">
        {tab === 'references' && <ReferencesView type={type} id={id} text={answer?.text ?? ''} base={fhir.base} />}
      </Tabs.Panel>
      <Tabs.Panel value="edit" pt="md">
        {isEdited && answer && <EditView {...{ type, id, answer }} />}
      </Tabs.Panel>
    </Tabs>
  );
}
