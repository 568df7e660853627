import { Anchor, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { ConfirmButton } from '../../../parts/confirm-button.js';
import { DataTable } from '../../../parts/lists/data-table.js';
import { Dialog } from '../../../parts/dialog.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { Moment } from '../../../parts/moment.js';
import { PageTitle } from '../../../parts/page-title.js';
import { pathOf } from '../../../server/admin-api.js';
import { SectionLinks } from '../section-links.js';
import { InstallPackage } from './install-package.js';
import { Lines } from './lines.js';
import type { InstalledPackage, PackageList } from './packages.js';

/** FHIR packages of the server: guides and terminology. */
export function PackagesPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const mayInstall = useRight('admin/Definition.c');
  const found = useQuery({
    queryKey: ['packages'],
    staleTime: 0,
    queryFn: ({ signal }) => api.get<PackageList>('packages', signal),
  });
  return (
    <Stack>
      <PageTitle text={t('packages.title')} />
      <SectionLinks />
      <Text maw="70ch">{t('packages.what')}</Text>
      {found.isPending && <Loading />}
      {found.isError && <Failure error={found.error} again={() => void found.refetch()} />}
      {found.data && <Installed packages={found.data.packages} />}
      {mayInstall && <InstallPackage />}
    </Stack>
  );
}

function Installed({ packages }: { readonly packages: readonly InstalledPackage[] }) {
  const t = useMessages();
  const [shown, setShown] = useState<InstalledPackage>();
  return (
    <>
      <DataTable
        caption={t('packages.title')}
        rows={packages}
        keyOf={idOf}
        empty={t('packages.none')}
        columns={[
          {
            key: 'name',
            label: t('packages.package'),
            renderCell: (one) => (
              <Anchor component="button" type="button" ta="start" fz="inherit" onClick={() => setShown(one)}>
                {idOf(one)}
              </Anchor>
            ),
          },
          {
            key: 'definitions',
            label: t('packages.definitions'),
            renderCell: ({ definitions }) => t.number(definitions),
          },
          {
            key: 'installed',
            label: t('packages.installed'),
            renderCell: ({ installedAt }) => <Moment instant={installedAt} />,
            isMinor: true,
          },
          {
            key: 'problems',
            label: t('packages.problems'),
            renderCell: ({ problems }) => t.number(problems.length),
            isMinor: true,
          },
        ]}
      />
      <Dialog isOpen={shown !== undefined} close={() => setShown(undefined)} size="lg" title={shown ? idOf(shown) : ''}>
        {shown && <Details one={shown} close={() => setShown(undefined)} />}
      </Dialog>
    </>
  );
}

const idOf = ({ name, version }: InstalledPackage): string => `${name}@${version}`;

function Details({ one, close }: { readonly one: InstalledPackage; readonly close: () => void }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const mayRemove = useRight('admin/Definition.d');
  const remove = async (): Promise<void> => {
    await api.send('DELETE', pathOf('packages', one.name, one.version));
    close();
    await queries.invalidateQueries();
  };
  return (
    <Stack>
      <FactTable
        facts={[
          [t('packages.name'), one.title ?? ''],
          [t('packages.definitions'), t.number(one.definitions)],
          [t('packages.installed'), <Moment key="at" instant={one.installedAt} />],
          [t('packages.installedBy'), one.installedBy],
          [t('packages.dependencies'), <Lines key="dependencies" lines={one.dependencies} />],
          [t('packages.problems'), <Lines key="problems" lines={one.problems.map(({ fact }) => fact)} />],
        ]}
      />
      {mayRemove && (
        <ConfirmButton
          label={t('packages.remove')}
          text={t('packages.remove.what', { package: idOf(one) })}
          color="red.9"
          variant="filled"
          act={remove}
        />
      )}
    </Stack>
  );
}
