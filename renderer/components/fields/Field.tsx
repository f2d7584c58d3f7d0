/** A labelled text, short or long, in the person's own type where it holds their words. The browser is asked to remember none of them. */
import { Component, useEffect, useLayoutEffect, useRef, type RefObject } from 'react'
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components'
import { withoutInvisible } from '../../../shared/schema.ts'

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
  /** Its words are not in the notebook yet, so the browser itself takes typing back in it. */
  readonly isLoose?: boolean
  readonly placeholder?: string
  readonly autoFocus?: boolean
  readonly onEnter?: () => void
}

export function Field({ label, value, onChange, hint, isLong = false, rows = 2, isPlain = false, isLabelHidden = false, isLoose = false, placeholder, autoFocus = false, onEnter }: FieldProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const line = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => void (area.current !== null && fit(area.current)), [value])
  useEffect(() => {
    /* Narrower, its words take more lines. */
    const element = area.current
    if (element === null) return
    let width = element.clientWidth
    const observer = new ResizeObserver(() => requestAnimationFrame(() => {
      if (element.clientWidth === width) return
      width = element.clientWidth
      fit(element)
    }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [isLong])
  return (
    <TextField className={`field${isPlain ? '' : ' own'}`} value={value} onChange={(next) => onChange(withoutInvisible(next))} autoFocus={autoFocus} data-loose={isLoose || undefined} {...(isLabelHidden ? { 'aria-label': label } : {})}>
      {!isLabelHidden && <Label>{label}</Label>}
      <KeepCaret value={value} field={isLong ? area : line} />
      {isLong ? <TextArea ref={area} rows={rows} autoComplete="off" dir={value === '' ? undefined : 'auto'} placeholder={placeholder ?? ''} /> : <Input ref={line} autoComplete="off" dir={value === '' ? undefined : 'auto'} placeholder={placeholder ?? ''} onKeyDown={(event) => void (event.key === 'Enter' && onEnter?.())} />}
      {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
    </TextField>
  )
}

/** As tall as its words, so that nothing scrolls inside of a page that scrolls. */
function fit(element: HTMLTextAreaElement): void {
  element.style.height = 'auto'
  element.style.height = `${element.scrollHeight + 2}px`
}

interface KeepCaretProps {
  readonly value: string
  readonly field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>
}

/**
 * Where another window writes into this very text, the caret stays with the words it stood in. A class, since only a class is
 * asked before React writes the new text and so puts the caret at its end.
 */
class KeepCaret extends Component<KeepCaretProps> {
  override getSnapshotBeforeUpdate(before: KeepCaretProps): readonly [number, number] | null {
    const element = this.props.field.current
    if (element === null || element !== document.activeElement || element.value !== before.value) return null
    return [element.selectionStart ?? 0, element.selectionEnd ?? 0]
  }

  override componentDidUpdate(before: KeepCaretProps, _state: unknown, caret: readonly [number, number] | null): void {
    const { value, field } = this.props
    if (caret === null || before.value === value) return
    field.current?.setSelectionRange(moved(caret[0], before.value, value), moved(caret[1], before.value, value))
  }

  override render(): null {
    return null
  }
}

/** Where a place in `before` lies in `after`, which differs from it in one stretch. */
function moved(place: number, before: string, after: string): number {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  if (place <= start) return place
  let end = 0
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  return place >= before.length - end ? place + after.length - before.length : start
}
