/** One option of a radio group, its dot and its words one target. */
import type { ReactNode } from 'react'
import { RadioButton, RadioField } from 'react-aria-components'

export function Pick({ value, isOwn = false, children }: { readonly value: string; readonly isOwn?: boolean; readonly children: ReactNode }) {
  return (
    <RadioField value={value}>
      <RadioButton className={isOwn ? 'radio own' : 'radio'}><span className="dot" aria-hidden="true" />{isOwn ? <span dir="auto">{children}</span> : children}</RadioButton>
    </RadioField>
  )
}
