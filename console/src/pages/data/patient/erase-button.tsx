import { Anchor, Button, Group, List, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { WhyLink } from '../../../parts/why-link.js';
import { type Parameters, textOf, textsOf } from '../../../server/parameters.js';
import { CountList } from './count-list.js';
import { call, countsIn } from './record.js';

const scopes = ['admin/Data.d'] as const;

/** Erases the whole record of a patient, after a preview and with the id typed. */
export function EraseButton({ patient }: { readonly patient: string }) {
  const t = useMessages();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpen(true)}>
        {t('erase.button')}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={t('erase.title', { patient })} size="lg">
        {isOpen && <Question patient={patient} close={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function Question({ patient, close }: { readonly patient: string; readonly close: () => void }) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const path = `Patient/${encodeURIComponent(patient)}/$purge`;
  const preview = useQuery({
    queryKey: ['purge', patient],
    staleTime: 0,
    gcTime: 0,
    retry: false,
    queryFn: async () => {
      await session.ensure(scopes);
      return call(fhir, path, [{ name: 'preview', valueBoolean: true }]);
    },
  });
  const erase = useMutation({
    mutationFn: () => call(fhir, path, [{ name: 'preview', valueBoolean: false }]),
    onSuccess: async () => {
      await navigate('/data/Patient');
      queries.clear();
    },
  });
  return (
    <Stack>
      <Text size="sm">{t('erase.what')}</Text>
      <ScopesByButton scopes={scopes} />
      {preview.isPending && <Loading />}
      {preview.isError && (
        <Failure
          error={preview.error}
          again={() => void preview.refetch()}
          more={<WhyLink request={`POST ${path}`} />}
        />
      )}
      {preview.data && <Preview found={preview.data} />}
      {preview.data && (
        <TextInput
          label={t('erase.type', { patient })}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      )}
      {erase.isError && <Failure error={erase.error} more={<WhyLink request={`POST ${path}`} />} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t('parts.cancel')}
        </Button>
        <Button
          color="red.9"
          loading={erase.isPending}
          disabled={!preview.data || typed !== patient}
          onClick={() => erase.mutate()}
        >
          {t('erase.do')}
        </Button>
      </Group>
    </Stack>
  );
}

function Preview({ found }: { readonly found: Parameters }) {
  const t = useMessages();
  const { parameter } = found;
  const jobs = Number(textOf(parameter, 'jobs') ?? 0);
  const superseded = Number(textOf(parameter, 'superseded') ?? 0);
  return (
    <>
      <CountList title={t('erase.erased')} counts={countsIn(found, 'erased')} />
      {superseded > 0 && <Text size="sm">{t.count('erase.superseded', superseded)}</Text>}
      {jobs > 0 && <Text size="sm">{t.count('erase.jobs', jobs)}</Text>}
      <Named title={t('erase.kept')} addresses={textsOf(parameter, 'kept')} />
      <Named title={t('erase.referrers')} addresses={textsOf(parameter, 'referrer')} />
    </>
  );
}

function Named({ title, addresses }: { readonly title: string; readonly addresses: readonly string[] }) {
  if (addresses.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <List size="sm">
        {addresses.map((address) => (
          <List.Item key={address}>
            <Anchor component={Link} to={`/data/${address}`} target="_blank" className="break" fz="inherit">
              {address}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
