/** Long tables show their first rows, and more of them when asked. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'

export const rowsAtFirst = 50

export function MoreRows({ shown, all, onMore }: { readonly shown: number; readonly all: number; readonly onMore: (shown: number) => void }) {
  const { t } = useTranslation('map')
  const more = Math.min(all - shown, Math.max(rowsAtFirst, shown))
  return more <= 0 ? null : <Button className="button more-rows" onPress={() => onMore(shown + more)}>{t('table.moreRows', { count: more })}</Button>
}
