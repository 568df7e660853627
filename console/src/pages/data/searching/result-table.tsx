import { Alert, Anchor, Button, Group, MultiSelect, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../../../messages/messages.js';
import { IssueText } from '../../../parts/failure.js';
import { Moment } from '../../../parts/moment.js';
import { issuesOf } from '../../../server/issues.js';
import { download } from '../../../parts/download.js';
import { type Bundle, includedOf, linkOf, matchesOf, outcomesOf } from './bundle.js';
import { csvOf } from './csv.js';
import { columnsOf, firstColumns, isObject, type Resource, summaryOf } from '../summary.js';

interface Results {
  readonly bundle: Bundle;
  /** True while another page is on its way. */
  readonly isBusy: boolean;
  /** Opens another page of the search by its address. */
  readonly open: (url: string) => void;
}

/** The matches of a search, with columns to choose, and links to the other pages. */
export function ResultTable({ bundle, isBusy, open }: Results) {
  const t = useMessages();
  const [matches, included, outcomes] = [matchesOf(bundle), includedOf(bundle), outcomesOf(bundle)];
  const pages = ['first', 'previous', 'next', 'last'].flatMap((relation) => {
    const url = linkOf(bundle, relation);
    return url === undefined ? [] : [{ relation: relation as 'first' | 'previous' | 'next' | 'last', url }];
  });
  return (
    <Stack aria-busy={isBusy}>
      {outcomes.length > 0 && (
        <Alert color="orange" title={t('results.remarks')}>
          {outcomes.flatMap(issuesOf).map((issue, at) => (
            // Remarks have no ids.
            <IssueText key={at} issue={issue} />
          ))}
        </Alert>
      )}
      <Text role="status">
        {bundle.total === undefined ? t.count('results.shown', matches.length) : t.count('results.found', bundle.total)}
      </Text>
      {matches.length === 0 ? <Text>{t('results.none')}</Text> : <ChosenColumns resources={matches} />}
      {included.length > 0 && (
        <>
          <Title order={2} size="h5">
            {t('results.included')}
          </Title>
          <Columns resources={included} columns={[]} isMixed />
        </>
      )}
      <Group component="nav" aria-label={t('results.pages')}>
        {pages.map(({ relation, url }) => (
          <Button key={relation} variant="default" disabled={isBusy} onClick={() => open(url)}>
            {t(`results.${relation}`)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function ChosenColumns({ resources }: { readonly resources: readonly Resource[] }) {
  const t = useMessages();
  const all = columnsOf(resources);
  const [chosen, setChosen] = useState<readonly string[]>();
  const columns = chosen ?? firstColumns(all);
  return (
    <>
      <MultiSelect
        label={t('results.columns')}
        data={[...new Set([...all, ...columns])]}
        value={[...columns]}
        onChange={setChosen}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': t('results.noColumns') }}
      />
      <Columns resources={resources} columns={columns} />
      <Group>
        <Button variant="default" onClick={() => download(`${fileOf(resources)}.csv`, csvOf(resources, columns))}>
          {t('results.csv')}
        </Button>
      </Group>
    </>
  );
}

const fileOf = ([first]: readonly Resource[]): string => first?.resourceType ?? 'resources';

interface ColumnsView {
  readonly resources: readonly Resource[];
  readonly columns: readonly string[];
  /** True if types differ, and each row says its own. */
  readonly isMixed?: boolean;
}

function Columns({ resources, columns, isMixed = false }: ColumnsView) {
  const t = useMessages();
  return (
    <Table.ScrollContainer minWidth={420} type="native" tabIndex={0} role="region" aria-label={t('results.table')}>
      <Table striped highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('results.id')}</Table.Th>
            {columns.map((column) => (
              <Table.Th scope="col" key={column}>
                {column}
              </Table.Th>
            ))}
            <Table.Th scope="col">{t('results.changed')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {resources.map((resource) => (
            <Row key={`${resource.resourceType}/${resource.id}`} {...{ resource, columns, isMixed }} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface RowView {
  readonly resource: Resource;
  readonly columns: readonly string[];
  readonly isMixed: boolean;
}

function Row({ resource, columns, isMixed }: RowView) {
  const { resourceType, id = '', meta } = resource;
  const changed = isObject(meta) && typeof meta['lastUpdated'] === 'string' ? meta['lastUpdated'] : undefined;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/data/${resourceType}/${id}`} fz="inherit" className="cell">
          {isMixed ? `${resourceType}/${id}` : id}
        </Anchor>
      </Table.Td>
      {columns.map((column) => (
        <Table.Td key={column} maw={280}>
          <Cell text={summaryOf(resource[column])} />
        </Table.Td>
      ))}
      <Table.Td>{changed !== undefined && <Moment instant={changed} />}</Table.Td>
    </Table.Tr>
  );
}

/** Short values stay on one line; the table scrolls on small screens. */
const shortest = 24;

const Cell = ({ text }: { readonly text: string }) => (
  <Text inherit lineClamp={3} className={text.length <= shortest ? 'cell short' : 'cell'}>
    {text}
  </Text>
);
