#!/usr/bin/env node
import { callOf } from './cli/called-as.ts'
import { processIo } from './cli/io.ts'
import { runProgram } from './cli/program.ts'

const { name, args } = callOf(process.argv[1] ?? '', process.argv.slice(2))
process.exitCode = await runProgram(args, processIo(), name)
