import { Anchor, Badge, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useServer } from '../../login/use-login.js';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { Dialog } from '../../parts/dialog.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { AuditFields } from './audit-fields.js';
import {
  aboutOf,
  addressOf,
  type AuditBundle,
  type AuditEvent,
  eventsOf,
  type AuditFilter,
  filterOf,
  hashOf,
  lineOf,
  nextOf,
  outcomes,
  purposeIn,
  requestIdOf,
  searchOf,
  whatOf,
  whoOf,
} from './audit.js';
import { ChainCheck } from './chain-check.js';
import { SectionLinks } from './section-links.js';

/** Who did what, when, and how it ended. */
export function AuditPage() {
  const t = useMessages();
  const { hash } = useLocation();
  const navigate = useNavigate();
  const filter = filterOf(new URLSearchParams(hash.slice(1)));
  const [asked, setAsked] = useState(0);
  // With the same filter, too: there may be new events.
  const search = (next: AuditFilter): void => {
    setAsked((before) => before + 1);
    void navigate({ hash: hashOf(next) });
  };
  return (
    <Stack>
      <PageTitle text={t('audit.title')} />
      <SectionLinks />
      <AuditFields filter={filter} search={search} />
      <AuditEvents key={`${asked} ${searchOf(filter)}`} first={searchOf(filter)} />
      <ChainCheck />
    </Stack>
  );
}

function AuditEvents({ first }: { readonly first: string }) {
  const t = useMessages();
  const { fhir } = useServer();
  const [paths, setPaths] = useState<readonly string[]>([first]);
  const [shown, setShown] = useState<AuditEvent>();
  const path = paths.at(-1) ?? first;
  const found = useQuery({
    queryKey: ['audit', path],
    staleTime: 0,
    queryFn: ({ signal }) => fhir.ask<AuditBundle>({ path, signal }),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} again={() => void found.refetch()} />;
  const next = nextOf(found.data);
  return (
    <>
      <DataTable
        caption={t('audit.title')}
        rows={eventsOf(found.data)}
        keyOf={({ id }) => id}
        empty={t('audit.none')}
        columns={[
          {
            key: 'when',
            label: t('audit.when'),
            renderCell: (event) => (
              <Anchor component="button" type="button" ta="start" fz="inherit" onClick={() => setShown(event)}>
                <Moment instant={event.recorded} />
              </Anchor>
            ),
          },
          { key: 'who', label: t('audit.who'), renderCell: whoOf },
          {
            key: 'what',
            label: t('audit.what'),
            renderCell: (event) => <span className="cell">{whatOf(event)}</span>,
          },
          {
            key: 'outcome',
            label: t('audit.outcome'),
            renderCell: (event) => <Outcome event={event} />,
            isMinor: true,
          },
          {
            key: 'about',
            label: t('audit.about'),
            renderCell: (event) => aboutOf(event).slice(0, 3).join(', '),
            isMinor: true,
          },
        ]}
      />
      <Group>
        <Button variant="default" disabled={paths.length === 1} onClick={() => setPaths(paths.slice(0, -1))}>
          {t('list.before')}
        </Button>
        <Button
          variant="default"
          disabled={next === undefined}
          onClick={() => next !== undefined && setPaths([...paths, next])}
        >
          {t('list.after')}
        </Button>
      </Group>
      <Dialog isOpen={shown !== undefined} close={() => setShown(undefined)} size="lg" title={t('audit.event')}>
        {shown && <EventDetails event={shown} />}
      </Dialog>
    </>
  );
}

function Outcome({ event: { outcome = '' } }: { readonly event: AuditEvent }) {
  const t = useMessages();
  const isKnown = (outcomes as readonly string[]).includes(outcome);
  return (
    <Badge variant={outcome === '0' ? 'default' : 'filled'} color={outcome === '0' ? 'gray' : 'red.9'} tt="none">
      {isKnown ? t(`audit.outcome.${outcome}` as MessageKey) : outcome}
    </Badge>
  );
}

function EventDetails({ event }: { readonly event: AuditEvent }) {
  const t = useMessages();
  const line = lineOf(event);
  const about = aboutOf(event);
  return (
    <Stack>
      <FactTable
        facts={[
          [t('audit.when'), <Moment key="at" instant={event.recorded} />],
          [t('audit.who'), whoOf(event)],
          [t('audit.address'), addressOf(event)],
          [t('audit.what'), whatOf(event)],
          [t('audit.outcome'), <Outcome key="outcome" event={event} />],
          [t('audit.reason'), event.outcomeDesc ?? ''],
          [t('audit.purpose'), purposeIn(event)],
          [t('audit.about'), about.join(', ')],
          [t('audit.line'), line === undefined ? '' : <Code key="line">{line}</Code>],
          [t('audit.request'), requestIdOf(event) ?? ''],
        ]}
      />
      <Text size="sm" fw={600}>
        JSON
      </Text>
      <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
        {JSON.stringify(event, null, 2)}
      </Code>
    </Stack>
  );
}
