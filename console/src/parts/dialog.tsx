import { CloseButton, Group, Modal, type ModalRootProps, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/messages.js';

interface DialogView extends Pick<ModalRootProps, 'size'> {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly children: ReactNode;
}

/** A dialog over the page. Mantine's own header would be a second banner to screen readers. */
export function Dialog({ isOpen, close, title, children, size = 'md' }: DialogView) {
  const t = useMessages();
  return (
    <Modal.Root opened={isOpen} onClose={close} size={size}>
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Body>
          <Stack>
            <Group justify="space-between" wrap="nowrap">
              <Title order={2} size="h4" className="break">
                {title}
              </Title>
              <CloseButton aria-label={t('parts.close')} onClick={close} />
            </Group>
            {children}
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
