import { Alert, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { DataTable } from '../../parts/lists/data-table.js';
import { EmptyState } from '../../parts/lists/empty-state.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { type Extension, type Extensions, piecesOf, powersOf } from './extensions.js';
import { SectionLinks } from './section-links.js';

/** The extensions of the server, with the numbers of runs, failures and refusals of their code. */
export function ExtensionsPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const found = useQuery({
    queryKey: ['extensions'],
    staleTime: 0,
    queryFn: ({ signal }) => api.get<Extensions>('extensions', signal),
  });
  return (
    <Stack>
      <PageTitle text={t('operations.extensions')} />
      <SectionLinks />
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && (
        <>
          <Text>
            {t('extensions.since')} <Moment instant={found.data.since} />
          </Text>
          {found.data.extensions.length === 0 && <EmptyState text={t('extensions.none')} />}
          {found.data.extensions.map((extension) => (
            <OneExtension key={extension.name} extension={extension} />
          ))}
        </>
      )}
    </Stack>
  );
}

function OneExtension({ extension }: { readonly extension: Extension }) {
  const t = useMessages();
  const { name, version = '', searchParameters, parts } = extension;
  const powers = powersOf(extension);
  return (
    <Stack gap="xs" component="section" aria-label={name}>
      <Title order={2} size="h4" className="break">
        {name} {version}
      </Title>
      {powers.length > 0 && (
        <Alert role="note" title={t('extensions.powers')} className="break">
          {powers.join('; ')}
        </Alert>
      )}
      {searchParameters.length > 0 && (
        <Text size="sm">
          {t('extensions.parameters', { names: searchParameters.map(({ code }) => code).join(', ') })}
        </Text>
      )}
      {parts.length > 0 && <Text size="sm">{t('extensions.parts', { names: parts.join(', ') })}</Text>}
      <DataTable
        caption={name}
        rows={piecesOf(extension)}
        keyOf={(piece) => `${piece.kind} ${piece.name}`}
        empty={t('extensions.noCode')}
        columns={[
          { key: 'name', label: t('extensions.piece'), renderCell: (piece) => piece.name },
          {
            key: 'kind',
            label: t('clients.kind'),
            renderCell: ({ kind }) => t(`extensions.kind.${kind}`),
            isMinor: true,
          },
          { key: 'calls', label: t('extensions.calls'), renderCell: ({ calls }) => t.number(calls) },
          { key: 'errors', label: t('extensions.errors'), renderCell: ({ errors }) => t.number(errors) },
          {
            key: 'refusals',
            label: t('extensions.refusals'),
            renderCell: ({ refusals }) => t.number(refusals),
            isMinor: true,
          },
          {
            key: 'p95',
            label: t('extensions.p95'),
            renderCell: ({ p95Seconds }) => (p95Seconds === undefined ? '' : `${t.number(p95Seconds * 1000)} ms`),
            isMinor: true,
          },
        ]}
      />
    </Stack>
  );
}
