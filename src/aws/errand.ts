import type { Errand } from '../ports.ts'

type Middleware = <Call extends { request: unknown }, Reply>(
  next: (call: Call) => Promise<Reply>,
) => (call: Call) => Promise<Reply>

interface Command {
  middlewareStack: { add(middleware: Middleware, options: { step: 'build'; priority: 'low' }): void }
}

const userAgents = ['user-agent', 'x-amz-user-agent']

/** The user agent ends with what a call is for, so that CloudTrail's record of it leads back to the plan. */
export function onErrand<C extends Command>(command: C, errand: Errand | undefined): C {
  if (!errand) return command
  const mark = Object.entries(errand)
    .map(([name, value]) => `${name}/${value}`)
    .join(' ')
  const middleware: Middleware = (next) => (call) => {
    const { headers } = call.request as { headers: Record<string, string> }
    for (const name of userAgents) headers[name] = `${headers[name] ?? ''} ${mark}`.trim()
    return next(call)
  }
  command.middlewareStack.add(middleware, { step: 'build', priority: 'low' })
  return command
}
