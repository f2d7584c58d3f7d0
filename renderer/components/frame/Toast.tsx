/** What was just done or refused, said once; gone after a while, or at once with a click. */
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useView } from '../../store.ts'

export function Toast() {
  const { t } = useTranslation('frame')
  const { toast, hush } = useView()
  useEffect(() => {
    if (toast === null) return
    const timer = setTimeout(hush, 8_000)
    return () => clearTimeout(timer)
  }, [toast, hush])
  return (
    <output className="toasts">
      {toast !== null && (
        <p className="toast" key={toast.number}>
          <span>{toast.text}</span>
          <button type="button" className="plain" aria-label={t('toast.close')} onClick={hush}>✕</button>
        </p>
      )}
    </output>
  )
}
