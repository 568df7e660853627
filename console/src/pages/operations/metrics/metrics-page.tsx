import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { Chart } from '../../../parts/chart/chart.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { PageTitle } from '../../../parts/page-title.js';
import { SectionLinks } from '../section-links.js';
import { type Figure, figures, type Reading, readMetrics, valuesOf } from './metrics.js';

const everyMs = 5000;
/** Five minutes. */
const keptReadings = 60;

/** Numbers of the process that answers, since this page was opened. */
export function MetricsPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const kept = useRef<readonly Reading[]>([]);
  const found = useQuery({
    queryKey: ['metrics'],
    staleTime: 0,
    gcTime: 0,
    refetchInterval: everyMs,
    queryFn: async ({ signal }): Promise<readonly Reading[]> => {
      const samples = readMetrics(await api.text('metrics', 'text/plain', signal));
      kept.current = [...kept.current, { time: Date.now(), samples }].slice(-keptReadings);
      return kept.current;
    },
  });
  return (
    <Stack>
      <PageTitle text={t('metrics.title')} />
      <SectionLinks />
      <Text maw="70ch">{t('metrics.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (
        <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
          {figures.map((figure) => (
            <FigureCard key={figure.key} figure={figure} readings={found.data} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function FigureCard({ figure, readings }: { readonly figure: Figure; readonly readings: readonly Reading[] }) {
  const t = useMessages();
  const name = t(`metrics.${figure.key}`);
  const values = valuesOf(figure, readings);
  const points = values.map(({ time, value }) => ({ time, value, date: t.time(new Date(time)) }));
  const now = values.at(-1)?.value;
  const numbers = values.map(({ value }) => value);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)].map((value) => t.number(value));
  return (
    <Card withBorder padding="sm" component="section" aria-label={name}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h5">
          {name}
        </Title>
        <Text fw={600}>{now === undefined ? '–' : `${t.number(now)} ${figure.unit}`}</Text>
      </Group>
      {now === undefined || low === undefined || high === undefined ? (
        <Text size="sm" c="dimmed">
          {t('metrics.none')}
        </Text>
      ) : (
        <Chart
          height={140}
          points={points}
          label={t('metrics.chart', { name, now: t.number(now), low, high, unit: figure.unit })}
        />
      )}
    </Card>
  );
}
