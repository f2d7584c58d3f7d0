/** One of several, from a list that opens: the platform's own select, which every keyboard and screen reader knows. */
import { useId } from 'react'

export interface ChoiceProps<Key extends string> {
  readonly label: string
  readonly value: Key | ''
  readonly options: readonly { readonly key: Key; readonly text: string }[]
  readonly onChange: (key: Key) => void
  readonly placeholder?: string
  readonly isLabelHidden?: boolean
}

export function Choice<Key extends string>({ label, value, options, onChange, placeholder, isLabelHidden = false }: ChoiceProps<Key>) {
  const id = useId()
  return (
    <div className="field">
      {!isLabelHidden && <label htmlFor={id}>{label}</label>}
      <select id={id} dir="auto" aria-label={isLabelHidden ? label : undefined} value={value} onChange={(event) => onChange(event.target.value as Key)}>
        {placeholder !== undefined && <option value="" disabled>{placeholder}</option>}
        {options.map(({ key, text }) => <option key={key} value={key}>{text}</option>)}
      </select>
    </div>
  )
}
