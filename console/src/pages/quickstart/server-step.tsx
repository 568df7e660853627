import { Code, Radio, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { groupsOf } from '../../parts/finding-groups.js';
import { type Finding, FindingList } from '../../parts/finding-list.js';
import { Loading } from '../../parts/loading.js';
import type { FhirClient } from '../../server/fhir-client.js';
import { LookForm } from './look-form.js';
import { foundAt, type Candidate } from './quickstart.js';
import type { StepView } from './quickstart-page.js';

type Document = Readonly<Record<string, unknown>>;

/** The FHIR server: this one, or another that is looked at now. */
export function ServerStep({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const { config } = useServer();
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.server')}
      </Title>
      <Radio.Group
        label={t('quickstart.server.which')}
        value={choices.isThis ? 'this' : 'other'}
        onChange={(which) => choose({ isThis: which === 'this' })}
      >
        <Stack gap="xs" mt={4}>
          <Radio value="this" label={t('quickstart.server.this')} description={config.fhirBase} />
          <Radio value="other" label={t('quickstart.server.another')} />
        </Stack>
      </Radio.Group>
      {choices.isThis ? <ThisServer /> : <OtherServer {...{ choices, choose }} />}
    </Stack>
  );
}

/** What it says of itself, asked now. */
function ThisServer() {
  const { fhir } = useServer();
  const look = useQuery({ queryKey: ['quickstart', 'server'], queryFn: () => lookAt(fhir), staleTime: 0 });
  return (
    <>
      {look.isPending && <Loading />}
      {look.isError && <Failure error={look.error} again={() => void look.refetch()} />}
      {look.data && <FindingList findings={look.data} />}
    </>
  );
}

/** The server of this page asks it: a page may ask no other server than its own. */
function OtherServer({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const api = useServerAdmin();
  const look = useMutation({
    mutationFn: (base: string) => api.send<Candidate>('POST', 'doctor/fhir-server', { base }),
    onSuccess: (found) => choose(foundAt(found)),
  });
  return (
    <Stack>
      <LookForm
        of="server"
        look={look}
        label={t('quickstart.server.base')}
        description={t('quickstart.server.base.what')}
        placeholder="https://fhir.example/r4"
        address={choices.base}
        change={(base) => choose({ base })}
      >
        {groupsOf(look.data?.findings ?? []).map(([group, findings]) => (
          <Stack key={group} gap="xs">
            <Title order={3} size="h5" className="break">
              {findings[0]?.title ?? group}
            </Title>
            <FindingList findings={findings} />
          </Stack>
        ))}
      </LookForm>
      <Text size="sm">
        {t('quickstart.server.inside')} <Code className="break">lanyard quickstart --base URL --issuer URL</Code>
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
