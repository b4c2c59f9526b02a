import { corpusCases } from './corpus.cases.ts'
import { openInProcess } from './in-process.ts'

corpusCases('in process', openInProcess)
