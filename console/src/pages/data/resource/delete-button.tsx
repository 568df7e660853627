import { Anchor, Button, Group, List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { writingScopes } from '../../../login/page-scopes.js';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { WhyLink } from '../../../parts/why-link.js';
import { type Bundle, includedOf, linkOf } from '../searching/bundle.js';
import { deleteResource } from './write-resource.js';

interface DeleteView {
  readonly type: string;
  readonly id: string;
  /** Of the version that is shown. */
  readonly etag: string | undefined;
}

/** Deletes a resource, after it was said what refers to it. */
export function DeleteButton(resource: DeleteView) {
  const t = useMessages();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('delete.button')}
      </Button>
      <Dialog
        isOpen={isOpen}
        close={() => setOpen(false)}
        title={t('delete.title', { resource: `${resource.type}/${resource.id}` })}
      >
        {isOpen && <Question {...resource} close={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function Question({ type, id, etag, close }: DeleteView & { readonly close: () => void }) {
  const t = useMessages();
  const { fhir, session } = useServer();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () => {
      await session.ensure(writingScopes);
      await deleteResource(fhir, type, id, etag);
    },
    onSuccess: async () => {
      await navigate(`/data/${type}`);
      await queries.invalidateQueries();
    },
  });
  return (
    <Stack>
      <Text size="sm">{t('delete.what')}</Text>
      <Referrers type={type} id={id} />
      {remove.isError && <ScopesByButton scopes={writingScopes} />}
      {remove.isError && <Failure error={remove.error} more={<WhyLink request={`DELETE ${type}/${id}`} />} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t('parts.cancel')}
        </Button>
        <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t('delete.do')}
        </Button>
      </Group>
    </Stack>
  );
}

/** More would hide the question. */
const shownAtMost = 12;

/** Resources that refer to this one, as far as the user may see them. */
function Referrers({ type, id }: { readonly type: string; readonly id: string }) {
  const t = useMessages();
  const { fhir } = useServer();
  const path = `${type}?_id=${encodeURIComponent(id)}&_revinclude=*&_elements=id`;
  const found = useQuery({
    queryKey: ['referrers', path],
    staleTime: 0,
    retry: false,
    queryFn: ({ signal }) => fhir.ask<Bundle>({ path, signal }),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) {
    return (
      <>
        <Text size="sm">{t('delete.unknown')}</Text>
        <Failure error={found.error} again={() => void found.refetch()} />
      </>
    );
  }
  const referrers = includedOf(found.data).map((one) => `${one.resourceType}/${one.id}`);
  const isMore = referrers.length > shownAtMost || linkOf(found.data, 'next') !== undefined;
  if (referrers.length === 0) return <Text size="sm">{t('delete.nothing')}</Text>;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {t.count('delete.referrers', referrers.length)}
      </Text>
      <List size="sm">
        {referrers.slice(0, shownAtMost).map((name) => (
          <List.Item key={name}>
            <Anchor component={Link} to={`/data/${name}`} className="break" target="_blank">
              {name}
            </Anchor>
          </List.Item>
        ))}
      </List>
      {isMore && <Text size="sm">{t('delete.more')}</Text>}
      <Text size="sm">{t('delete.reach')}</Text>
    </Stack>
  );
}
