/** A field for a passphrase: what is typed is not shown unless the person wants to see it, and browsers are asked not to keep it. */
import { useState } from 'react'
import { CheckboxButton, CheckboxField, Input, Label, Text, TextField } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

export interface SecretProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  readonly autoFocus?: boolean
  /** Whether a box under it shows what is typed. */
  readonly canShow?: boolean
}

export function Secret({ label, value, onChange, hint, autoFocus = false, canShow = false }: SecretProps) {
  const { t } = useTranslation('disk')
  const [isShown, setIsShown] = useState(false)
  return (
    <>
      <TextField className="field" type={isShown ? 'text' : 'password'} value={value} onChange={onChange} autoFocus={autoFocus} data-loose>
        <Label>{label}</Label>
        {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
        <Input autoComplete="off" autoCapitalize="none" spellCheck="false" maxLength={1_000} dir="auto" />
      </TextField>
      {canShow && (
        <CheckboxField isSelected={isShown} onChange={setIsShown}>
          <CheckboxButton className="check worded"><span className="box" aria-hidden="true" />{t('show')}</CheckboxButton>
        </CheckboxField>
      )}
    </>
  )
}
