#!/usr/bin/env node
// A file of its own, as on Windows the name of the file is all that tells by which name we were called.
await import('./dapr-shared.js')
