import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useLocation, useNavigate } from 'react-router';
import { useMessages } from '../../messages/messages.js';
import { type Column, DataTable } from './data-table.js';
import { Failure } from '../failure.js';
import { Loading } from '../loading.js';
import type { Listing } from './use-listing.js';

const rowsOfPage = 50;

interface PagedListView<T> {
  readonly listing: Listing<T>;
  readonly caption: string;
  readonly searchLabel: string;
  /** The texts that the search looks in. */
  readonly textOf: (row: T) => string;
  readonly keyOf: (row: T) => string;
  readonly columns: readonly Column<T>[];
  readonly empty: string;
}

/** A list with a search and pages; both are in the address after `#`, since names of people are searched for. */
export function PagedList<T>({ listing, searchLabel, textOf, ...table }: PagedListView<T>) {
  const t = useMessages();
  const query = new URLSearchParams(useLocation().hash.slice(1));
  const navigate = useNavigate();
  const text = query.get('q') ?? '';
  const found = matching(listing.rows, textOf, text);
  const last = Math.max(0, Math.ceil(found.length / rowsOfPage) - 1);
  const page = Math.min(last, pageOf(query));
  const shown = found.slice(page * rowsOfPage, (page + 1) * rowsOfPage);
  const go = (q: string, to: number): void => void navigate({ hash: hashOf(q, to) }, { replace: true });
  if (listing.error !== undefined) return <Failure error={listing.error} again={listing.again} />;
  if (listing.isLoading && listing.rows.length === 0) return <Loading />;
  return (
    <Stack>
      <TextInput
        type="search"
        label={searchLabel}
        maw={420}
        value={text}
        onChange={({ currentTarget: { value } }) => go(value, 0)}
      />
      <Text size="sm" c="dimmed" role="status">
        {t.count('list.found', found.length)} {listing.hasMore && t('list.ofLoaded')}
      </Text>
      <DataTable {...table} rows={shown} empty={text === '' ? table.empty : t('list.noMatch')} />
      <Group>
        {last > 0 && <Pager page={page} last={last} go={(to) => go(text, to)} />}
        {listing.hasMore && (
          <Button variant="default" loading={listing.isLoading} onClick={listing.more}>
            {t('list.more')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

const hashOf = (q: string, page: number): string =>
  new URLSearchParams({ ...(q !== '' && { q }), ...(page > 0 && { page: String(page + 1) }) }).toString();

function matching<T>(rows: readonly T[], textOf: (row: T) => string, text: string): readonly T[] {
  const wanted = text.trim().toLowerCase();
  return wanted === '' ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
}

/** From 0; whatever else the address says is the first one. */
const pageOf = (query: URLSearchParams): number => Math.max(0, Math.trunc(Number(query.get('page'))) - 1 || 0);

interface PagerView {
  /** From 0. */
  readonly page: number;
  readonly last: number;
  readonly go: (page: number) => void;
}

function Pager({ page, last, go }: PagerView) {
  const t = useMessages();
  return (
    <>
      <Button variant="default" disabled={page === 0} onClick={() => go(page - 1)}>
        {t('list.before')}
      </Button>
      <Text size="sm">{t('list.page', { page: page + 1, pages: last + 1 })}</Text>
      <Button variant="default" disabled={page === last} onClick={() => go(page + 1)}>
        {t('list.after')}
      </Button>
    </>
  );
}
