import { Alert, Anchor, List, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import type { Resource } from '../summary.js';
import { MeasuredValues } from './measured-values.js';
import { seriesOf } from './series.js';
import { dateOf, loadTimeline, mostOfType, type Timeline, timelineTypes, wordsOf } from './timeline.js';

/** The events of a patient, newest first, with a chart of numeric values. */
export function TimelineView({ patient }: { readonly patient: string }) {
  const { fhir } = useServer();
  const found = useQuery({
    queryKey: ['timeline', patient],
    queryFn: ({ signal }) => loadTimeline(fhir, patient, signal),
  });
  const series = useMemo(() => seriesOf(found.data?.events ?? []), [found.data]);
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} again={() => void found.refetch()} />;
  return (
    <Stack>
      <NotShown timeline={found.data} patient={patient} />
      <MeasuredValues all={series} />
      <Events events={found.data.events} />
    </Stack>
  );
}

function NotShown({ timeline: { refused, more }, patient }: { readonly timeline: Timeline; readonly patient: string }) {
  const t = useMessages();
  return (
    <>
      {refused.length > 0 && (
        <Alert role="note">
          {t('timeline.refused', { types: refused.map(([type, status]) => `${type} (${status})`).join(', ') })}
        </Alert>
      )}
      {more.length > 0 && (
        <Alert role="note" title={t('timeline.more', { count: t.number(mostOfType) })}>
          <List size="sm">
            {more.map((type) => (
              <List.Item key={type}>
                <Anchor component={Link} to={{ pathname: `/data/${type}`, hash: `patient=Patient/${patient}` }}>
                  {type}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}

/** More at once make a browser slow. */
const shownAtOnce = 200;

function Events({ events }: { readonly events: readonly Resource[] }) {
  const t = useMessages();
  const [type, setType] = useState('');
  const found = events.filter(({ resourceType }) => type === '' || resourceType === type);
  return (
    <>
      <Title order={2} size="h5">
        {t('timeline.events')}
      </Title>
      <NativeSelect
        label={t('timeline.type')}
        maw={420}
        value={type}
        data={[{ value: '', label: t('timeline.all') }, ...timelineTypes]}
        onChange={({ currentTarget }) => setType(currentTarget.value)}
      />
      <DataTable
        caption={t('timeline.events')}
        rows={found.slice(0, shownAtOnce)}
        keyOf={({ resourceType, id }) => `${resourceType}/${id}`}
        empty={t('timeline.none')}
        columns={[
          {
            key: 'when',
            label: t('timeline.when'),
            renderCell: (event) => (
              <Anchor component={Link} to={`/data/${event.resourceType}/${event.id}`} fz="inherit" className="short">
                {dateOf(event)?.slice(0, 10) ?? t('timeline.undated')}
              </Anchor>
            ),
          },
          { key: 'what', label: t('timeline.what'), renderCell: (event) => wordsOf(event)[0] },
          { key: 'how', label: t('timeline.how'), renderCell: (event) => wordsOf(event)[1] },
          { key: 'type', label: t('scope.type'), renderCell: ({ resourceType }) => resourceType, isMinor: true },
        ]}
      />
      {found.length > shownAtOnce && <Text size="sm">{t('timeline.first', { count: t.number(shownAtOnce) })}</Text>}
    </>
  );
}
