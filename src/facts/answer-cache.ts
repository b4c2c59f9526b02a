import type { Rate } from '../discovery/rate-limit.ts'
import type { KubeClient } from '../kube/kube-client.ts'
import { orAborted } from '../kube/linked-abort.ts'
import { FactUnavailable } from './fact-source.ts'

/** How a cluster is asked for facts. */
export interface AskingOptions {
  readonly client: KubeClient
  /** questions in all, and for one namespace: anybody may call the port, with any name */
  readonly rates: { readonly all: Rate; readonly namespace: Rate }
  /** milliseconds, monotonic */
  readonly clock: () => number
}

export interface AnswerCacheOptions<Question, Answer> {
  /** what the question is about, for messages: `the owner Deployment/order` */
  readonly describe: (question: Question) => string
  /** short: as many keys are kept as answers */
  readonly keyOf: (question: Question) => string
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>
  /** whether one more question may be asked: anybody may call the port */
  readonly allowed: (question: Question) => boolean
  /** milliseconds that an answer holds, from when its question was asked */
  readonly holdsMs: number
  /** how many answers are kept */
  readonly size: number
  /** milliseconds that one question may take */
  readonly askMs: number
  /** milliseconds, monotonic */
  readonly clock: () => number
}

/** Answers of an API server, each asked for once and kept for a while. */
export interface AnswerCache<Question, Answer> {
  peek(question: Question): Answer | undefined
  /**
   * The answer that is kept, or that of one question which all who want it share.
   *
   * @throws FactUnavailable where nobody answers, or the limits allow no more questions; the signal's reason when it aborts
   */
  get(question: Question, signal: AbortSignal): Promise<Answer>
}

export function makeAnswerCache<Question, Answer>(
  options: AnswerCacheOptions<Question, Answer>,
): AnswerCache<Question, Answer> {
  const { describe, keyOf, ask, allowed, holdsMs, size, askMs, clock } = options
  /** in the order in which they came, and so nearly in that of their end */
  const answers = new Map<string, { readonly answer: Answer; readonly until: number }>()
  const asked = new Map<string, Promise<Answer>>()

  const peek = (key: string): Answer | undefined => {
    const kept = answers.get(key)
    if (kept === undefined) return undefined
    if (kept.until > clock()) return kept.answer
    answers.delete(key)
    return undefined
  }

  const keep = (key: string, answer: Answer, until: number): void => {
    answers.delete(key)
    answers.set(key, { answer, until })
    const now = clock()
    for (const [oldest, kept] of answers) {
      // callers choose the questions: what nobody asks again must not stay
      if (answers.size <= size && kept.until > now) break
      answers.delete(oldest)
    }
  }

  const begin = async (key: string, question: Question): Promise<Answer> => {
    if (!allowed(question)) throw new FactUnavailable(`${describe(question)}: too many questions at once`)
    const until = clock() + holdsMs
    try {
      const answer = await ask(question, AbortSignal.timeout(askMs))
      keep(key, answer, until)
      return answer
    } catch (cause) {
      if (cause instanceof FactUnavailable) throw cause
      const reason = cause instanceof Error ? cause.message : 'no answer'
      throw new FactUnavailable(`${describe(question)}: ${reason}`, { cause })
    }
  }

  const share = (key: string, question: Question): Promise<Answer> => {
    const answer = begin(key, question)
    asked.set(key, answer)
    const forget = (): void => void asked.delete(key)
    answer.then(forget, forget)
    return answer
  }

  return {
    peek: (question) => peek(keyOf(question)),
    async get(question, signal) {
      const key = keyOf(question)
      return peek(key) ?? orAborted(asked.get(key) ?? share(key, question), signal)
    },
  }
}
