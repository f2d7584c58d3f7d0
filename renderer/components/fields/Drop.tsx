/** A file that is dragged over the window may be let go anywhere: it is looked at, and nothing changes yet. The dialog in Settings does the same. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSteward } from '../../notebook.tsx'
import { takeDropped } from '../../screens/Import.tsx'

export function Drop() {
  const { t } = useTranslation('files')
  const { replica } = useSteward()
  const [isOver, setIsOver] = useState(false)
  useEffect(() => {
    /* Entering and leaving are told for every element on the way. */
    let depth = 0
    const isFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
    const show = (next: number): void => {
      depth = Math.max(0, next)
      setIsOver(depth > 0)
    }
    const enter = (event: DragEvent): void => void (isFile(event) && show(depth + 1))
    const leave = (event: DragEvent): void => void (isFile(event) && show(depth - 1))
    const over = (event: DragEvent): void => {
      if (isFile(event)) event.preventDefault()
    }
    const drop = (event: DragEvent): void => {
      if (!isFile(event) || event.dataTransfer === null) return
      event.preventDefault()
      show(0)
      takeDropped(event.dataTransfer, replica)
    }
    addEventListener('dragenter', enter)
    addEventListener('dragleave', leave)
    addEventListener('dragover', over)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragenter', enter)
      removeEventListener('dragleave', leave)
      removeEventListener('dragover', over)
      removeEventListener('drop', drop)
    }
  }, [replica])
  return isOver ? <div className="drop"><p>{t('letGo')}</p></div> : null
}
