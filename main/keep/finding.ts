/** What the doctor says of one thing that it looked at. */
export interface Finding {
  /** `note`: worth knowing, nothing to mend. */
  readonly kind: 'well' | 'note' | 'trouble'
  /** In the home; empty where it is about all of it. */
  readonly file: string
  readonly message: string
  /** Empty where nothing is to be done. */
  readonly remedy: string
  readonly mended: boolean
}

export function well(file: string, message: string): Finding {
  return { kind: 'well', file, message, remedy: '', mended: false }
}

export function note(file: string, message: string, remedy: string): Finding {
  return { kind: 'note', file, message, remedy, mended: false }
}

export function trouble(file: string, message: string, remedy: string, mended = false): Finding {
  return { kind: 'trouble', file, message, remedy, mended }
}
