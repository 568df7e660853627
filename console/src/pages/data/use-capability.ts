import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useServer } from '../../login/use-login.js';
import type { Capability } from './capability.js';

/** The server's CapabilityStatement, asked for once. */
export function useCapability(): UseQueryResult<Capability> {
  const { fhir } = useServer();
  return useQuery({
    queryKey: ['metadata'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => fhir.ask<Capability>({ path: 'metadata', token: '', signal }),
  });
}
