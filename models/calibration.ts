/** The shipped calibration, fitted with this model by training/fit.ts; a person's own answers take its place where there are enough. */
import { Calibration } from '../shared/schema.ts'
import fitted from './calibration.json' with { type: 'json' }

export const calibration: Calibration = Calibration.parse(fitted)
