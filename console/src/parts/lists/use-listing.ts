import { useInfiniteQuery } from '@tanstack/react-query';
import type { AdminApi } from '../../server/admin-api.js';

/** The most that the server gives at once. */
const atOnce = 1000;

interface ListAnswer {
  readonly next?: string;
}

export interface Listing<T> {
  readonly rows: readonly T[];
  readonly isLoading: boolean;
  readonly error: unknown;
  /** True if the server has more rows than were asked for yet. */
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

/** The rows of `path`, in its member of that name, by the paging of the administration. */
export function useListing<T>(api: AdminApi, path: string): Listing<T> {
  const list = useInfiniteQuery({
    queryKey: ['listing', path],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ count: String(atOnce), ...(pageParam !== '' && { after: pageParam }) });
      return api.get<ListAnswer & Readonly<Record<string, readonly T[]>>>(`${path}?${query.toString()}`, signal);
    },
    getNextPageParam: ({ next }: ListAnswer) => next,
  });
  return {
    rows: (list.data?.pages ?? []).flatMap((page) => page[path] ?? []),
    isLoading: list.isPending || list.isFetchingNextPage,
    error: list.error ?? undefined,
    hasMore: list.hasNextPage,
    more: () => void list.fetchNextPage(),
    again: () => void list.refetch(),
  };
}
