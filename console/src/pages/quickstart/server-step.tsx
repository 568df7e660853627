import { Code, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { type Finding, FindingList } from '../../parts/finding-list.js';
import { Loading } from '../../parts/loading.js';
import type { FhirClient } from '../../server/fhir-client.js';

type Document = Readonly<Record<string, unknown>>;

/** The FHIR server: what it says of itself, asked now. */
export function ServerStep() {
  const t = useMessages();
  const { fhir, config } = useServer();
  const look = useQuery({ queryKey: ['quickstart', 'server'], queryFn: () => lookAt(fhir), staleTime: 0 });
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.server')}
      </Title>
      <Text>
        {t('quickstart.server.this')} <Code className="break">{config.fhirBase}</Code>
      </Text>
      {look.isPending && <Loading />}
      {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
      {look.data && <FindingList findings={look.data} />}
      <Text size="sm">
        {t('quickstart.server.foreign')} <Code className="break">lanyard quickstart --base URL --issuer URL</Code>
      </Text>
    </Stack>
  );
}

async function lookAt(fhir: FhirClient): Promise<readonly Finding[]> {
  const metadata = await fhir.ask<Document>({
    path: 'metadata?_elements=fhirVersion,software,rest.security',
    token: '',
  });
  const smart = await fhir.ask<Document>({ path: '.well-known/smart-configuration', token: '' });
  const group = 'server';
  const { fhirVersion, resourceType } = metadata;
  const { issuer, token_endpoint: endpoint, capabilities } = smart;
  const listed = Array.isArray(capabilities) ? capabilities : [];
  return [
    {
      group,
      check: 'metadata',
      status: resourceType === 'CapabilityStatement' ? 'ok' : 'failed',
      fact: `/metadata: ${String(resourceType)}, FHIR ${String(fhirVersion)}`,
    },
    { group, check: 'smart', status: 'ok', fact: '/.well-known/smart-configuration' },
    {
      group,
      check: 'issuer',
      status: typeof issuer === 'string' ? 'ok' : 'warning',
      fact: `issuer: ${String(issuer)}`,
    },
    {
      group,
      check: 'token-endpoint',
      status: typeof endpoint === 'string' ? 'ok' : 'warning',
      fact: `token_endpoint: ${String(endpoint)}`,
    },
    {
      group,
      check: 'backend-services',
      status: listed.includes('client-confidential-asymmetric') ? 'ok' : 'skipped',
      fact: `capabilities: ${listed.filter((one) => /^(?:launch|client|permission)/.test(String(one))).join(', ')}`,
    },
  ];
}
