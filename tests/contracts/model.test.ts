import { createFakeModel } from '../support/model.ts'
import { modelContract } from './model.ts'

/* Each pause is one turn of the event loop, as long as it takes for an abort to arrive. */
modelContract('the fake model', async () => createFakeModel({ pause: () => new Promise(setImmediate) }))
