import type { Command } from 'commander'
import type { Io } from './io.ts'

/** A command adds itself; what it answers becomes the exit code. */
export type AddCommand = (program: Command, io: Io, finish: (exitCode: number) => void) => void
