import { Anchor, Button, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { Moment } from '../../../parts/moment.js';
import { WhyLink } from '../../../parts/why-link.js';
import { type Bundle, type BundleEntry, linkOf } from '../searching/bundle.js';
import { VersionDiff } from './version-diff.js';
import { versionIn } from './write-resource.js';

/** Every version of a resource, the newest first. */
export function HistoryView({ type, id }: { readonly type: string; readonly id: string }) {
  const t = useMessages();
  const { fhir } = useServer();
  const [page, setPage] = useState(`${type}/${encodeURIComponent(id)}/_history`);
  const history = useQuery({
    queryKey: ['history', page],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fhir.ask<Bundle>({ path: page, signal }),
  });
  if (history.isError) {
    return (
      <Failure error={history.error} again={() => void history.refetch()} more={<WhyLink request={`GET ${page}`} />} />
    );
  }
  if (!history.data) return <Loading />;
  const next = linkOf(history.data, 'next');
  const previous = linkOf(history.data, 'previous');
  const versions = (history.data.entry ?? []).filter(({ resource }) => resource !== undefined).map(versionOf);
  return (
    <Stack>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('history.version')}</Table.Th>
            <Table.Th scope="col">{t('history.when')}</Table.Th>
            <Table.Th scope="col">{t('history.how')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(history.data.entry ?? []).map((entry) => (
            <Version key={versionOf(entry)} {...{ type, id, entry }} />
          ))}
        </Table.Tbody>
      </Table>
      {versions.length > 1 && <VersionDiff key={versions[0]} {...{ type, id, versions }} />}
      {[['results.previous', previous] as const, ['results.next', next] as const].map(
        ([key, url]) =>
          url !== undefined && (
            <Button key={key} variant="default" onClick={() => setPage(url)}>
              {t(key)}
            </Button>
          ),
      )}
    </Stack>
  );
}

const versionOf = ({ response, resource }: BundleEntry): string => {
  const meta = resource?.['meta'] as { readonly versionId?: string } | undefined;
  return meta?.versionId ?? versionIn(response?.etag ?? '');
};

function Version({ type, id, entry }: { readonly type: string; readonly id: string; readonly entry: BundleEntry }) {
  const t = useMessages();
  const version = versionOf(entry);
  const { request, response, resource } = entry;
  return (
    <Table.Tr>
      <Table.Td>
        {resource ? (
          <Anchor component={Link} to={`/data/${type}/${id}/_history/${version}`} fz="inherit">
            {version}
          </Anchor>
        ) : (
          <Text inherit>{version === '' ? t('history.deleted') : version}</Text>
        )}
      </Table.Td>
      <Table.Td>{response?.lastModified !== undefined && <Moment instant={response.lastModified} />}</Table.Td>
      <Table.Td>{request?.method}</Table.Td>
    </Table.Tr>
  );
}
