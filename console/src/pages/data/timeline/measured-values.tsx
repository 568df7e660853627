import { Anchor, NativeSelect, ScrollArea, SimpleGrid, Stack, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { type Messages, useMessages } from '../../../messages/messages.js';
import { Chart } from '../../../parts/chart/chart.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import type { Series } from './series.js';

/** Numbers of a patient over time: which, their chart, and the numbers. */
export function MeasuredValues({ all }: { readonly all: readonly Series[] }) {
  const t = useMessages();
  const [key, setKey] = useState(all[0]?.key);
  const series = all.find((one) => one.key === key) ?? all[0];
  if (!series) return null;
  return (
    <Stack component="section" aria-label={t('timeline.values')}>
      <Title order={2} size="h5">
        {t('timeline.values')}
      </Title>
      <NativeSelect
        label={t('timeline.which')}
        maw={420}
        value={series.key}
        data={all.map((one) => ({ value: one.key, label: labelOf(one) }))}
        onChange={({ currentTarget }) => setKey(currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Chart
          points={series.points.map((point) => ({ ...point, date: point.date.slice(0, 10) }))}
          label={chartLabel(series, t)}
        />
        <ScrollArea.Autosize mah={260} viewportProps={{ tabIndex: 0 }}>
          <DataTable
            caption={labelOf(series)}
            rows={series.points.toReversed()}
            keyOf={({ id, value }) => `${id} ${value}`}
            empty=""
            columns={[
              {
                key: 'date',
                label: t('timeline.when'),
                renderCell: ({ id, date }) => (
                  <Anchor component={Link} to={`/data/Observation/${encodeURIComponent(id)}`} fz="inherit">
                    {date}
                  </Anchor>
                ),
              },
              {
                key: 'value',
                label: t('search.value'),
                renderCell: ({ value }) => `${t.number(value)} ${series.unit}`,
              },
            ]}
          />
        </ScrollArea.Autosize>
      </SimpleGrid>
    </Stack>
  );
}

const labelOf = ({ name, unit, points }: Series): string =>
  `${name}${unit === '' ? '' : `, ${unit}`} (${points.length})`;

function chartLabel({ name, unit, points }: Series, t: Messages): string {
  const values = points.map(({ value }) => value);
  return t('timeline.chart', {
    name,
    unit,
    count: t.number(points.length),
    low: t.number(Math.min(...values)),
    high: t.number(Math.max(...values)),
    from: points[0]?.date ?? '',
    to: points.at(-1)?.date ?? '',
  });
}
