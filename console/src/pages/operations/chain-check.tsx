import { Alert, Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Moment } from '../../parts/moment.js';

/** Answer of `POST /admin/audit-chain`. */
interface VerifiedChain {
  readonly at: string;
  readonly checked: number;
  readonly erased: number;
  readonly unsealed: number;
  readonly end: string;
  readonly fault?: string;
}

/** Verifies that the AuditEvents are as they were sealed. */
export function ChainCheck() {
  const t = useMessages();
  const api = useServerAdmin();
  const mayVerify = useRight('admin/Audit.r');
  const verify = useMutation({ mutationFn: () => api.send<VerifiedChain>('POST', 'audit-chain') });
  if (!mayVerify) return null;
  return (
    <Stack component="section" aria-label={t('chain.title')}>
      <Title order={2} size="h4">
        {t('chain.title')}
      </Title>
      <Text size="sm" maw="70ch">
        {t('chain.what')}
      </Text>
      <Group>
        <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
          {t('chain.verify')}
        </Button>
      </Group>
      {verify.isError && <Failure error={verify.error} />}
      {verify.data && <Verified chain={verify.data} />}
    </Stack>
  );
}

function Verified({ chain: { at, checked, erased, unsealed, end, fault } }: { readonly chain: VerifiedChain }) {
  const t = useMessages();
  const isWhole = fault === undefined;
  return (
    <Alert role="status" color={isWhole ? 'green' : 'red'} title={t(isWhole ? 'chain.whole' : 'chain.broken')}>
      <Stack gap="xs">
        {fault !== undefined && (
          <Text size="sm" fw={600} className="break">
            {fault}
          </Text>
        )}
        <Text size="sm">
          <Moment instant={at} />: {t.count('chain.checked', checked)}
        </Text>
        {erased > 0 && <Text size="sm">{t.count('chain.erased', erased)}</Text>}
        {unsealed > 0 && <Text size="sm">{t.count('chain.unsealed', unsealed)}</Text>}
        <Text size="sm" className="break">
          {t('chain.note')} <Code>{end}</Code>
        </Text>
      </Stack>
    </Alert>
  );
}
