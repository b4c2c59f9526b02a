import { corpusCases } from './corpus.cases.ts'
import { openOverTls } from './over-tls.ts'

corpusCases('over TLS', openOverTls)
