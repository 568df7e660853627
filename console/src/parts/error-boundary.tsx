import { Stack } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { useMessages } from '../messages/messages.js';
import { Failure } from './failure.js';
import { PageTitle } from './page-title.js';

/** Shows what went wrong in a page in place of the page; the rest of the console stays. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <PageFault error={error} again={() => this.setState({ error: undefined })} />;
  }
}

function PageFault({ error, again }: { readonly error: unknown; readonly again: () => void }) {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t('failure.page')} />
      <Failure error={error} again={again} />
    </Stack>
  );
}
