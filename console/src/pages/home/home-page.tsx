import { Anchor, Card, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { LoadingText } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { useVisiblePages } from '../../visible-pages.js';
import { documentsOf, type Capability, factsOf } from './home-facts.js';

/** The name and addresses of this server, and links to the other pages. */
export function HomePage() {
  const t = useMessages();
  const { config, fhir } = useServer();
  const visible = useVisiblePages();
  const capability = useQuery({
    queryKey: ['metadata'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => fhir.ask<Capability>({ path: 'metadata', token: '', signal }),
  });
  const facts = factsOf(config, capability.isPending ? 'asked' : capability.data);
  return (
    <Stack gap="lg">
      <PageTitle text={t('home.title')} />
      <Text maw="70ch">{t('home.what')}</Text>
      <Table.ScrollContainer minWidth={280} type="native">
        <Table variant="vertical" layout="auto" withRowBorders>
          <Table.Tbody>
            {facts.map(({ key, value, href }) => (
              <Table.Tr key={key}>
                <Table.Th scope="row" w="40%">
                  {t(key)}
                </Table.Th>
                <Table.Td className="break">
                  {value === undefined ? (
                    <LoadingText />
                  ) : href ? (
                    <Anchor href={href} fz="inherit">
                      {value}
                    </Anchor>
                  ) : (
                    value
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {capability.isError && <Failure error={capability.error} again={() => void capability.refetch()} />}
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }}>
        {visible
          .filter(({ path }) => path !== '')
          .map(({ path, label, about }) => (
            <Card key={path} withBorder component={Link} to={`/${path.replace(/\/\*$/, '')}`}>
              <Text fw={600}>{t(label)}</Text>
              <Text size="sm" c="dimmed">
                {t(about)}
              </Text>
            </Card>
          ))}
      </SimpleGrid>
      <Stack gap="xs" component="section" aria-label={t('home.documents')}>
        <Text fw={600}>{t('home.documents')}</Text>
        {documentsOf(config).map(({ key, href }) => (
          <Anchor key={key} href={href}>
            {t(key)}
          </Anchor>
        ))}
      </Stack>
    </Stack>
  );
}
