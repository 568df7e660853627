import { useQuery } from '@tanstack/react-query';
import { useServer } from '../../login/use-login.js';

interface Described {
  readonly type: string;
  readonly searchParam?: readonly { readonly name: string }[];
}
interface Capability {
  readonly rest?: readonly { readonly resource?: readonly Described[] }[];
}

/** The resource types of this server, each with the names of its search parameters; empty until they are known. */
export function useTypes(): ReadonlyMap<string, readonly string[]> {
  const { fhir } = useServer();
  const { data } = useQuery({
    queryKey: ['metadata'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => fhir.ask<Capability>({ path: 'metadata', token: '', signal }),
  });
  const described = data?.rest?.[0]?.resource ?? [];
  return new Map(described.map(({ type, searchParam = [] }) => [type, searchParam.map(({ name }) => name)]));
}
