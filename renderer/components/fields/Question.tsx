/** A question before something is done, in a dialog of its own; for inside a DialogTrigger. */
import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface QuestionProps {
  readonly heading: string
  /** Something can be lost by it. */
  readonly isGrave?: boolean
  readonly children: (close: () => void) => ReactNode
}

export function Question({ heading, isGrave = false, children }: QuestionProps) {
  return (
    <ModalOverlay className="overlay" isDismissable>
      <Modal className="modal">
        <Dialog role={isGrave ? 'alertdialog' : 'dialog'}>
          {({ close }) => (
            <>
              <Heading slot="title">{heading}</Heading>
              {children(close)}
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
