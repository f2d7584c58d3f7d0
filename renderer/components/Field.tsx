/** A labelled text, short or long, in the person's own type where it holds their words. */
import { useLayoutEffect, useRef } from 'react'
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (next: string) => void
  readonly hint?: string
  readonly isLong?: boolean
  /** Lines that a long one has before anything is written. */
  readonly rows?: number
  /** The app's own words rather than the person's (a search, a domain). */
  readonly isPlain?: boolean
  readonly isLabelHidden?: boolean
  readonly placeholder?: string
  readonly autoFocus?: boolean
  readonly onEnter?: () => void
}

export function Field({ label, value, onChange, hint, isLong = false, rows = 2, isPlain = false, isLabelHidden = false, placeholder, autoFocus = false, onEnter }: FieldProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    /* As tall as its words, so that nothing scrolls inside of a page that scrolls. */
    const element = area.current
    if (element === null) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight + 2}px`
  }, [value])
  return (
    <TextField className={`field${isPlain ? '' : ' own'}`} value={value} onChange={onChange} autoFocus={autoFocus} {...(isLabelHidden ? { 'aria-label': label } : {})}>
      {!isLabelHidden && <Label>{label}</Label>}
      {isLong ? <TextArea ref={area} rows={rows} placeholder={placeholder ?? ''} /> : <Input placeholder={placeholder ?? ''} onKeyDown={(event) => void (event.key === 'Enter' && onEnter?.())} />}
      {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
    </TextField>
  )
}
