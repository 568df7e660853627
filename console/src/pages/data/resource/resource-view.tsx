import { Anchor, Breadcrumbs, Group, Stack, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useServer } from '../../../login/use-login.js';
import { type Messages, useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { PageTitle } from '../../../parts/page-title.js';
import { WhyLink } from '../../../parts/why-link.js';
import { AnswerRefused, type FhirAnswer } from '../../../server/fhir-client.js';
import { BinaryPreview } from './binary-preview.js';
import { DeleteButton } from './delete-button.js';
import { EditView } from './edit-view.js';
import { HistoryView } from './history-view.js';
import { JsonView } from '../../../parts/text/text-view.js';
import { ReadableView } from '../readable/readable-view.js';
import { isReadable } from '../readable/elements.js';
import { ReferencesView } from './references-view.js';
import { ResourceXml } from './resource-xml.js';
import { RestoreButton } from './restore-button.js';

const TimelineView = lazy(() =>
  import('../timeline/timeline-view.js').then(({ TimelineView: View }) => ({ default: View })),
);

const RecordActions = lazy(() =>
  import('../patient/record-actions.js').then(({ RecordActions: View }) => ({ default: View })),
);

const ConsentsView = lazy(() =>
  import('../consents/consents-view.js').then(({ ConsentsView: View }) => ({ default: View })),
);

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

const pathOf = ({ type, id, version }: Place): string =>
  `${type}/${encodeURIComponent(id)}${version === undefined ? '' : `/_history/${encodeURIComponent(version)}`}`;

function Opened({ type, id, version }: Place) {
  const t = useMessages();
  const { fhir } = useServer();
  const path = pathOf({ type, id, version });
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
      {version === undefined && read.data && (
        <Group>
          <DeleteButton {...{ type, id }} etag={read.data.headers.get('etag') ?? undefined} />
          {type === 'Patient' && <RecordActions patient={id} />}
        </Group>
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

interface TabOf {
  readonly value: string;
  readonly label: string;
  readonly view: ReactNode;
}

function ResourceTabs(opened: OpenedTabs) {
  const tabs = useTabs(opened);
  const [tab, setTab] = useState<string | null>(isReadable(opened.type) ? 'readable' : 'json');
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
        {tabs.map(({ value, label }) => (
          <Tabs.Tab key={value} value={value}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value, view }) => (
        <Tabs.Panel key={value} value={value} pt="md">
          {(tab === value || (value === 'edit' && isEdited)) && view}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** The views of a resource; a version of its own is not changed. */
function useTabs(opened: OpenedTabs): readonly TabOf[] {
  const { type, id, version, answer, isPending } = opened;
  const t = useMessages();
  const { fhir } = useServer();
  const { base } = fhir;
  const shown = (view: (read: FhirAnswer) => ReactNode) => (isPending ? <Loading /> : answer && view(answer));
  const json = shown(({ text }) => <JsonView text={text} base={base} />);
  const references = <ReferencesView type={type} id={id} text={answer?.text ?? ''} base={base} />;
  const edit = { value: 'edit', label: t('edit.title'), view: answer && <EditView {...{ type, id, answer }} /> };
  const inWords = shown((read) => <ReadableView type={type} resource={read.json} base={base} />);
  return [
    ...(isReadable(type) ? [{ value: 'readable', label: t('readable.title'), view: inWords }] : []),
    { value: 'json', label: 'JSON', view: json },
    { value: 'xml', label: 'XML', view: answer && <ResourceXml path={pathOf(opened)} /> },
    ...tabsOfType(opened, t),
    { value: 'history', label: t('resource.history'), view: <HistoryView type={type} id={id} /> },
    { value: 'references', label: t('resource.references'), view: references },
    ...(version === undefined ? [edit] : []),
  ];
}

/** Tabs that the type alone has. */
function tabsOfType({ type, id, version, answer }: OpenedTabs, t: Messages): readonly TabOf[] {
  if (type === 'Patient' && version === undefined)
    return [
      { value: 'timeline', label: t('timeline.title'), view: <TimelineView patient={id} /> },
      { value: 'consents', label: t('consents.title'), view: <ConsentsView patient={id} /> },
    ];
  if (type !== 'Binary') return [];
  return [
    { value: 'preview', label: t('binary.title'), view: answer && <BinaryPreview id={id} resource={answer.json} /> },
  ];
}
