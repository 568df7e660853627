import { Alert, Anchor, Breadcrumbs, Button, Group, List, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { PageTitle } from '../../../parts/page-title.js';
import { WhyLink } from '../../../parts/why-link.js';
import { AnswerRefused } from '../../../server/fhir-client.js';
import type { Bundle } from './bundle.js';
import { PlanButton } from '../plan/plan-view.js';
import { ResultTable } from './result-table.js';
import { SearchBuilder } from './search-builder.js';
import { useCapability } from '../use-capability.js';

/** A search of one type: its conditions, and what it finds. */
export function SearchView() {
  const t = useMessages();
  const { type = '' } = useParams();
  const { hash } = useLocation();
  const query = hash.slice(1);
  return (
    <Stack>
      <Breadcrumbs>
        <Anchor component={Link} to="/data">
          {t('nav.data')}
        </Anchor>
        <span>{type}</span>
      </Breadcrumbs>
      <Group justify="space-between">
        <PageTitle key={type} text={type} />
        <Button component={Link} to={`/data/${type}/_new`} variant="default">
          {t('create.button')}
        </Button>
      </Group>
      {/* Another search begins at its first page. */}
      <Search key={`${type} ${query}`} type={type} query={query} />
    </Stack>
  );
}

function Search({ type, query }: { readonly type: string; readonly query: string }) {
  const { fhir } = useServer();
  const navigate = useNavigate();
  const capability = useCapability();
  const first = query === '' ? type : `${type}?${query}`;
  const [page, setPage] = useState(first);
  const results = useQuery({
    queryKey: ['search', page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fhir.ask<Bundle>({ path: page, signal }),
  });
  return (
    <>
      <SearchBuilder
        type={type}
        query={query}
        capability={capability.data ?? {}}
        isBusy={results.isFetching}
        search={(next) => (next === query ? void results.refetch() : void navigate({ hash: next }))}
      />
      {results.isError && (
        <Failure
          error={results.error}
          again={() => void results.refetch()}
          more={<WhyLink request={`GET ${page}`} />}
        />
      )}
      {isSlow(results.error) && <Narrower />}
      {results.isPending && <Loading />}
      {results.data && !results.isError && (
        <ResultTable bundle={results.data} isBusy={results.isPlaceholderData} open={setPage} />
      )}
      <PlanButton key={page} search={page} />
    </>
  );
}

/** The server gave up, or a proxy before it did. */
const isSlow = (error: unknown): boolean =>
  error instanceof AnswerRefused &&
  (error.answer.status === 504 || error.issues.some(({ code }) => code === 'timeout' || code === 'too-costly'));

/** Ways to a search that takes less time. */
function Narrower() {
  const t = useMessages();
  return (
    <Alert role="note" title={t('search.slow')}>
      <Text size="sm">{t('search.slow.cure')}</Text>
      <List size="sm">
        {(['patient', 'code', 'date', 'less'] as const).map((way) => (
          <List.Item key={way}>{t(`search.slow.${way}`)}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
